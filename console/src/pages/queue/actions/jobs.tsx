import { useEffect, useRef, useState } from 'preact/hooks'
import type { Job, Page } from '../../../api/shapes.ts'
import { plural } from '../../../format/numbers.ts'
import { useKeys } from '../../../state/keys.ts'
import { say } from '../../../state/messages.ts'
import { useData } from '../../../state/use-data.ts'
import { useBegunForks } from './begun-forks.ts'
import { isRunning, JobRow, jobsPath, nameOfAction } from './job-row.tsx'

/** Jobs that were begun here, and whose end nobody has been told yet. Some end before they are seen at work. */
const begun = new Set<string>()

export function noteBegunJob(id: string): void {
  begun.add(id)
}

interface JobsProps {
  readonly queueId: string
  /** Grows when an action was begun here. */
  readonly round: number
  onEnded(): void
}

/** The jobs under way in a queue, with their progress, and the forks that were made of it here. */
export function Jobs({ queueId, round, onEnded }: JobsProps) {
  const [isBusy, setIsBusy] = useState(false)
  const jobs = useData<Page<Job>>(jobsPath, isBusy ? 1000 : 15_000)
  const forks = useBegunForks()
  const own = (jobs.data?.items ?? []).filter(
    (job) => (job.queueId === queueId || job.sourceQueueId === queueId) && job.dryRun !== true,
  )
  const running = own.filter(isRunning)
  // What was made here can be opened when it is done.
  const shown = own.filter(
    (job) => isRunning(job) || (job.sourceQueueId === queueId && forks.has(job.queueId)),
  )
  const before = useRef<ReadonlySet<string>>(new Set())
  useEffect(() => {
    const isAwaited = ({ id }: Job) => before.current.has(id) || begun.has(id)
    const ended = own.filter((job) => isAwaited(job) && !isRunning(job))
    for (const { id } of ended) begun.delete(id)
    before.current = new Set(running.map(({ id }) => id))
    setIsBusy(running.length > 0)
    for (const job of ended) say(endText(job), job.state === 'failed')
    if (ended.length > 0) onEnded()
  }, [jobs.data])
  // A new round is the reason.
  useEffect(() => {
    if (round > 0) jobs.reload()
  }, [round])
  const panel = useRef<HTMLElement>(null)
  useKeys({ s: () => panel.current?.querySelector<HTMLElement>('a, button')?.focus() })
  if (shown.length === 0) return null
  return (
    <section class="panel jobs" aria-label="Jobs" ref={panel}>
      {shown.map((job) => (
        <JobRow
          key={job.id}
          job={job}
          forkName={job.sourceQueueId === queueId ? (forks.get(job.queueId) ?? job.queueId) : null}
          onStopped={jobs.reload}
        />
      ))}
    </section>
  )
}

function endText({ action, kind, state, done, problem }: Job): string {
  const text = `${nameOfAction(action)}: ${plural(done, 'request')} ${kind === 'fork' ? 'copied' : 'done'}.`
  if (state === 'stopped') return `Stopped. ${text}`
  return state === 'failed' ? `${problem ?? 'The job failed.'} ${text}` : text
}
