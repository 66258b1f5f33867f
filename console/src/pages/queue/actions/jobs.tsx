import { useEffect, useRef, useState } from 'preact/hooks'
import { call } from '../../../api/call.ts'
import { type Job, type Page, requestActions } from '../../../api/shapes.ts'
import { countText, plural, rateText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Meter } from '../../../parts/meter.tsx'
import { Time } from '../../../parts/time.tsx'
import { useKeys } from '../../../state/keys.ts'
import { attempt, say } from '../../../state/messages.ts'
import { hrefOf, queueWay } from '../../../state/route.ts'
import { useMayWrite } from '../../../state/session.ts'
import { useData } from '../../../state/use-data.ts'
import { actionWords } from './action-names.ts'

export const jobsPath = 'headlock/v1/jobs'

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

/** The jobs under way in a queue, with their progress. */
export function Jobs({ queueId, round, onEnded }: JobsProps) {
  const [isBusy, setIsBusy] = useState(false)
  const jobs = useData<Page<Job>>(jobsPath, isBusy ? 1000 : 15_000)
  const own = (jobs.data?.items ?? []).filter((job) => job.queueId === queueId && job.dryRun !== true)
  const running = own.filter(isRunning)
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
  useKeys({ s: () => panel.current?.querySelector('button')?.focus() })
  if (running.length === 0) return null
  return (
    <section class="panel jobs" aria-label="Jobs" ref={panel}>
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
  /** Whether it is said which queue it is of, and when it began. */
  readonly isOfAny?: boolean
  onStopped(): void
}

export function JobRow({ job, isOfAny = false, onStopped }: JobRowProps) {
  const mayWrite = useMayWrite()
  const { id, action, state, done, total, perSecond } = job
  const name = nameOfAction(action)
  return (
    <div class="job">
      <span class="job-name">
        {name}
        {isOfAny && (
          <span class="small quiet">
            {job.queueId !== undefined && (
              <>
                {' in '}
                <a href={hrefOf(queueWay(job.queueId))}>
                  <code>{job.queueId}</code>
                </a>
              </>
            )}{' '}
            <Time at={job.startedAt} what="It began" />
          </span>
        )}
      </span>
      <Meter done={done} total={total} label={`Progress of ${name}`} />
      <span class="small quiet">
        {countText(done)}
        {total === null ? '' : ` of ${countText(total)}`}
        {isRunning(job) ? (perSecond === null ? '' : `, ${rateText(perSecond)}/s`) : `, ${state}`}
      </span>
      {mayWrite && isRunning(job) && (
        <Button
          isSmall
          label={`Stop: ${name}`}
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
