import { useEffect, useState } from 'preact/hooks'
import type { RequestAction } from '../../../api/shapes.ts'
import { countText, plural } from '../../../format/numbers.ts'
import { FormDialog } from '../../../parts/form-dialog.tsx'
import { say, textOf } from '../../../state/messages.ts'
import { actionWords } from './action-names.ts'
import { countMatches } from './count-matches.ts'
import { noteBegunJob } from './jobs.tsx'
import { type ActionTarget, runAction } from './run-action.ts'

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
  const [counted, setCounted] = useState(0)
  const [matched, setMatched] = useState<number | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [keepErrors, setKeepErrors] = useState(false)
  const [availableAt, setAvailableAt] = useState(() => localTime(Date.now() + 3_600_000))
  // The server wants to know the time even where it only counts.
  const options = {
    ...(action === 'giveBack' && keepErrors ? { keepErrors } : {}),
    ...(action === 'schedule' ? { availableAt: isoOf(availableAt) } : {}),
  }

  // It is counted once, when the window opens.
  useEffect(() => {
    const connection = new AbortController()
    const { signal } = connection
    countMatches(queueId, action, target, options, { signal, onCounted: setCounted }).then(
      (count) => {
        if (!signal.aborted) setMatched(count)
      },
      (error: unknown) => {
        if (!signal.aborted) setProblem(textOf(error))
      },
    )
    return () => connection.abort()
  }, [])

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
      {problem === null ? (
        <p aria-live="polite">
          {matched === null ? (
            <>Counting … {counted === 0 ? '' : `${countText(counted)} so far`}</>
          ) : (
            <Sentence matched={matched} becomes={words.becomes} />
          )}
        </p>
      ) : (
        <p class="problem wrap" role="alert">
          {problem}
        </p>
      )}
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

function Sentence({ matched, becomes }: { readonly matched: number; readonly becomes: string }) {
  if (matched === 0) return <>There is no such request now.</>
  return (
    <>
      <strong>{plural(matched, 'request')}</strong> will be {becomes}.
    </>
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
