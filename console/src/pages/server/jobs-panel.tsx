import type { Job, Page } from '../../api/shapes.ts'
import { Panel } from '../../parts/panel.tsx'
import { useData } from '../../state/use-data.ts'
import { JobRow, jobsPath } from '../queue/actions/job-row.tsx'

/** Actions that take long, with their progress. */
export function JobsPanel() {
  const jobs = useData<Page<Job>>(jobsPath, 2000)
  if (jobs.data === null) return null
  const shown = jobs.data.items.filter(({ dryRun }) => dryRun !== true)
  return (
    <Panel title="Jobs">
      {shown.length === 0 ? (
        <p class="inside quiet">No jobs.</p>
      ) : (
        <div class="jobs">
          {shown.map((job) => (
            <JobRow key={job.id} job={job} isOfAny onStopped={jobs.reload} />
          ))}
        </div>
      )}
    </Panel>
  )
}
