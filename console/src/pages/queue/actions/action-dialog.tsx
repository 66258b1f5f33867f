import { useEffect, useState } from 'preact/hooks'
import type { RequestAction } from '../../../api/shapes.ts'
import { countText, plural } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { attempt, say, textOf } from '../../../state/messages.ts'
import { actionWords } from './action-names.ts'
import { countMatches } from './count-matches.ts'
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
  const [matched, setMatched] = useState<number | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [keepErrors, setKeepErrors] = useState(false)
  const [availableAt, setAvailableAt] = useState(() => localTime(Date.now() + 3_600_000))
  const [isRunning, setIsRunning] = useState(false)
  // The server wants to know the time even where it only counts.
  const options = {
    ...(action === 'giveBack' && keepErrors ? { keepErrors } : {}),
    ...(action === 'schedule' ? { availableAt: isoOf(availableAt) } : {}),
  }

  // It is counted once, when the window opens.
  useEffect(() => {
    const connection = new AbortController()
    countMatches(queueId, action, target, options, connection.signal).then(setMatched, (error: unknown) => {
      if (!connection.signal.aborted) setProblem(textOf(error))
    })
    return () => connection.abort()
  }, [])

  async function run(): Promise<void> {
    setIsRunning(true)
    const isDone = await attempt(async () => {
      const { jobId, done } = await runAction(queueId, action, target, options)
      say(
        jobId === undefined
          ? `${words.button}: ${plural(done ?? 0, 'request')} done.`
          : 'It goes on as a job.',
      )
    })
    setIsRunning(false)
    if (!isDone) return
    onClose()
    onDone()
  }

  return (
    <Dialog title={words.button} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <h2>{words.button}</h2>
        {problem === null ? (
          <p aria-live="polite">
            {matched === null ? 'Counting …' : <Sentence matched={matched} becomes={words.becomes} />}
          </p>
        ) : (
          <p class="problem" role="alert">
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
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            kind={words.isDangerous === true ? 'main danger' : 'main'}
            isDisabled={matched === null || matched === 0 || isRunning}
          >
            {words.button} {matched === null ? '' : countText(matched)}
          </Button>
        </footer>
      </form>
    </Dialog>
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
