import { useState } from 'preact/hooks'
import type { RequestAction } from '../../../api/shapes.ts'
import { countText, plural } from '../../../format/numbers.ts'
import { FormDialog } from '../../../parts/form-dialog.tsx'
import { say } from '../../../state/messages.ts'
import { actionWords } from './action-names.ts'
import { CountText } from './count-text.tsx'
import { noteBegunJob } from './jobs.tsx'
import { type ActionTarget, runAction } from './run-action.ts'
import { useCount } from './use-count.ts'

interface ActionDialogProps {
  readonly queueId: string
  readonly action: RequestAction
  readonly target: ActionTarget
  onClose(): void
  /** Runs when the action is done, or goes on as a job. */
  onDone(): void
}

/** Says how many requests an action would change, and then does it. */
export function ActionDialog({ queueId, action, target, onClose, onDone }: ActionDialogProps) {
  const words = actionWords[action]
  const [keepErrors, setKeepErrors] = useState(false)
  const [availableAt, setAvailableAt] = useState(() => localTime(Date.now() + 3_600_000))
  // The server wants to know the time even where it only counts.
  const options = {
    ...(action === 'giveBack' && keepErrors ? { keepErrors } : {}),
    ...(action === 'schedule' ? { availableAt: isoOf(availableAt) } : {}),
  }

  const count = useCount(queueId, action, target, options)
  const { matched } = count

  async function run(): Promise<void> {
    const { jobId, done } = await runAction(queueId, action, target, options)
    if (jobId === undefined) say(`${words.button}: ${plural(done ?? 0, 'request')} done.`)
    else {
      noteBegunJob(jobId)
      say(`${words.button} goes on as a job.`)
    }
    onClose()
    onDone()
  }

  return (
    <FormDialog
      title={words.button}
      submit={`${words.button} ${matched === null ? '' : countText(matched)}`}
      isDangerous={words.isDangerous}
      isReady={matched !== null && matched > 0}
      onClose={onClose}
      onSubmit={run}
    >
      <CountText count={count} becomes={`will be ${words.becomes}.`} />
      {action === 'giveBack' && (
        <label class="check">
          <input
            type="checkbox"
            checked={keepErrors}
            onChange={({ currentTarget }) => setKeepErrors(currentTarget.checked)}
          />
          Keep the error messages
        </label>
      )}
      {action === 'schedule' && (
        <label class="field">
          <span>Available at</span>
          <input
            type="datetime-local"
            step={1}
            required
            value={availableAt}
            onInput={({ currentTarget }) => setAvailableAt(currentTarget.value)}
          />
        </label>
      )}
    </FormDialog>
  )
}

/** A time as a field of a form has it, in the zone of the reader. */
function localTime(ms: number): string {
  return new Date(ms - 60_000 * new Date(ms).getTimezoneOffset()).toISOString().slice(0, 19)
}

function isoOf(local: string): string {
  const ms = new Date(local).getTime()
  return Number.isNaN(ms) ? local : new Date(ms).toISOString()
}
