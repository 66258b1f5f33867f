import { useEffect, useRef, useState } from 'preact/hooks'
import { call } from '../../../api/call.ts'
import { type Job, type Page, requestActions } from '../../../api/shapes.ts'
import { countText, plural, rateText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Meter } from '../../../parts/meter.tsx'
import { attempt, say } from '../../../state/messages.ts'
import { useMayWrite } from '../../../state/session.ts'
import { useData } from '../../../state/use-data.ts'
import { actionWords } from './action-names.ts'

export const jobsPath = 'headlock/v1/jobs'

interface JobsProps {
  readonly queueId: string
  /** Grows when an action was begun here. */
  readonly round: number
  onEnded(): void
}

/** The jobs under way in a queue, with their progress. */
export function Jobs({ queueId, round, onEnded }: JobsProps) {
  const [isBusy, setIsBusy] = useState(false)
  const jobs = useData<Page<Job>>(jobsPath, isBusy ? 1000 : 15_000)
  const own = (jobs.data?.items ?? []).filter((job) => job.queueId === queueId && job.dryRun !== true)
  const running = own.filter(isRunning)
  const before = useRef<ReadonlySet<string>>(new Set())
  useEffect(() => {
    const ended = own.filter((job) => before.current.has(job.id) && !isRunning(job))
    before.current = new Set(running.map(({ id }) => id))
    setIsBusy(running.length > 0)
    for (const job of ended) say(endText(job), job.state === 'failed')
    if (ended.length > 0) onEnded()
  }, [jobs.data])
  // A new round is the reason.
  useEffect(() => {
    if (round > 0) jobs.reload()
  }, [round])
  if (running.length === 0) return null
  return (
    <section class="panel jobs" aria-label="Jobs">
      {running.map((job) => (
        <JobRow key={job.id} job={job} onStopped={jobs.reload} />
      ))}
    </section>
  )
}

export function isRunning({ state }: Job): boolean {
  return state === 'running'
}

function endText({ action, state, done, problem }: Job): string {
  const text = `${nameOfAction(action)}: ${plural(done, 'request')} done.`
  if (state === 'stopped') return `Stopped. ${text}`
  return state === 'failed' ? `${problem ?? 'The job failed.'} ${text}` : text
}

function nameOfAction(action: string | null | undefined): string {
  const known = requestActions.find((each) => each === action)
  return known === undefined ? (action ?? 'Copy') : actionWords[known].button
}

interface JobRowProps {
  readonly job: Job
  onStopped(): void
}

export function JobRow({ job, onStopped }: JobRowProps) {
  const mayWrite = useMayWrite()
  const { id, action, state, done, total, perSecond } = job
  const name = nameOfAction(action)
  return (
    <div class="job">
      <span class="job-name">{name}</span>
      <Meter done={done} total={total} label={`Progress of ${name}`} />
      <span class="small quiet">
        {countText(done)}
        {total === null ? '' : ` of ${countText(total)}`}
        {isRunning(job) ? (perSecond === null ? '' : `, ${rateText(perSecond)}/s`) : `, ${state}`}
      </span>
      {mayWrite && isRunning(job) && (
        <Button
          isSmall
          onClick={() =>
            void attempt(async () => {
              await call('DELETE', `${jobsPath}/${encodeURIComponent(id)}`)
              onStopped()
            })
          }
        >
          Stop
        </Button>
      )}
    </div>
  )
}
