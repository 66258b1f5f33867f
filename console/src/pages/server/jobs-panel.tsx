import type { Job, Page } from '../../api/shapes.ts'
import { Panel } from '../../parts/panel.tsx'
import { useData } from '../../state/use-data.ts'
import { JobRow, jobsPath } from '../queue/actions/jobs.tsx'

/** Actions that take long, with their progress. */
export function JobsPanel() {
  const jobs = useData<Page<Job>>(jobsPath, 2000)
  if (jobs.data === null) return null
  return (
    <Panel title="Jobs">
      {jobs.data.items.length === 0 ? (
        <p class="inside quiet">No jobs.</p>
      ) : (
        <div class="jobs">
          {jobs.data.items.map((job) => (
            <JobRow key={job.id} job={job} onStopped={jobs.reload} />
          ))}
        </div>
      )}
    </Panel>
  )
}
