import { call } from '../../../api/call.ts'
import { type Job, requestActions } from '../../../api/shapes.ts'
import { countText, rateText } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Meter } from '../../../parts/meter.tsx'
import { Time } from '../../../parts/time.tsx'
import { attempt } from '../../../state/messages.ts'
import { hrefOf, queueWay } from '../../../state/route.ts'
import { useMayWrite } from '../../../state/session.ts'
import { actionWords, forkWords } from './action-names.ts'
import { dismissFork } from './begun-forks.ts'

export const jobsPath = 'headlock/v1/jobs'

export function isRunning({ state }: Job): boolean {
  return state === 'running'
}

export function nameOfAction(action: string | null): string {
  const known = requestActions.find((each) => each === action)
  return known === undefined ? (action ?? forkWords.button) : actionWords[known].button
}

interface JobRowProps {
  readonly job: Job
  /** Whether it is said which queue it is of, and when it began. */
  readonly isOfAny?: boolean
  /** How the queue is called that a fork of this page's queue fills. */
  readonly forkName?: string | null
  onStopped(): void
}

export function JobRow({ job, isOfAny = false, forkName = null, onStopped }: JobRowProps) {
  const mayWrite = useMayWrite()
  const { id, action, state, done, total, perSecond } = job
  const name = nameOfAction(action)
  const stop = () =>
    attempt(async () => {
      await call('DELETE', `${jobsPath}/${encodeURIComponent(id)}`)
      onStopped()
    })
  return (
    <div class="job">
      <span class="job-name">
        {name}
        {isOfAny && (
          <span class="small quiet">
            {job.kind === 'fork' ? ' to ' : ' in '}
            <a href={hrefOf(queueWay(job.queueId))}>
              <code>{job.queueId}</code>
            </a>{' '}
            <Time at={job.startedAt} what="It began" />
          </span>
        )}
        {forkName !== null && (
          <span class="small quiet">
            {' to '}
            <a href={hrefOf(queueWay(job.queueId))}>{forkName}</a>
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
        <Button isSmall label={`Stop: ${name}`} onClick={() => void stop()}>
          Stop
        </Button>
      )}
      {forkName !== null && !isRunning(job) && (
        <Button
          icon="close"
          kind="plain"
          isSmall
          label={`Dismiss: ${name}`}
          onClick={() => dismissFork(job.queueId)}
        />
      )}
    </div>
  )
}
