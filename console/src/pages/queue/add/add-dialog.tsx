import { useMemo, useState } from 'preact/hooks'
import { call, queryOf } from '../../../api/call.ts'
import { consoleClientKey, v2Path } from '../../../api/paths.ts'
import { countText, plural } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Meter } from '../../../parts/meter.tsx'
import { textOf } from '../../../state/messages.ts'
import { parseRequests } from './parse-requests.ts'

/** As many as one call takes. */
const batchLength = 25

interface AddDialogProps {
  readonly queueId: string
  onClose(): void
  onAdded(): void
}

interface Progress {
  readonly sent: number
  readonly added: number
  readonly problem: string | null
  readonly isDone: boolean
}

interface BatchAnswer {
  readonly processedRequests: readonly { readonly wasAlreadyPresent: boolean }[]
}

/** Adds what was pasted, and says how much of it was new. */
export function AddDialog({ queueId, onClose, onAdded }: AddDialogProps) {
  const [text, setText] = useState('')
  const [isForefront, setIsForefront] = useState(false)
  const [progress, setProgress] = useState<Progress | null>(null)
  const { requests, problems } = useMemo(() => parseRequests(text), [text])
  const isSending = progress !== null && !progress.isDone && progress.problem === null

  async function add(): Promise<void> {
    let added = 0
    let sent = 0
    const say = (isDone: boolean, problem: string | null = null) =>
      setProgress({ sent, added, problem, isDone })
    say(false)
    const path = v2Path(
      queueId,
      `/requests/batch${queryOf({ clientKey: consoleClientKey, forefront: isForefront })}`,
    )
    // A forefront batch goes before the one that was sent before it, so the last lines are sent first.
    const starts = Array.from(
      { length: Math.ceil(requests.length / batchLength) },
      (_, index) => index * batchLength,
    )
    try {
      for (const start of isForefront ? starts.reverse() : starts) {
        const batch = requests.slice(start, start + batchLength)
        const ordered = isForefront ? [...batch].reverse() : batch
        const { processedRequests } = await call<BatchAnswer>('POST', path, ordered)
        added += processedRequests.filter(({ wasAlreadyPresent }) => !wasAlreadyPresent).length
        sent += batch.length
        say(false)
      }
      say(true)
    } catch (error) {
      say(false, textOf(error))
    }
    onAdded()
  }

  return (
    <Dialog title="Add requests" isWide onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <h2>Add requests</h2>
        <label class="field">
          <span>URLs or JSON, one on a line</span>
          <textarea
            rows={12}
            spellcheck={false}
            wrap="off"
            placeholder={
              'https://example.com/\n{"url": "https://example.com/list", "userData": {"label": "LIST"}}'
            }
            value={text}
            onInput={({ currentTarget }) => {
              setText(currentTarget.value)
              setProgress(null)
            }}
          />
        </label>
        {problems.length > 0 && (
          <ul class="problem small" role="alert">
            {problems.map((problem) => (
              <li key={problem} class="wrap">
                {problem}
              </li>
            ))}
          </ul>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={isForefront}
            onChange={({ currentTarget }) => setIsForefront(currentTarget.checked)}
          />
          Before everything else, in this order
        </label>
        {progress !== null && <Meter done={progress.sent} total={requests.length} label="Requests added" />}
        <p aria-live="polite" class={progress?.problem == null ? '' : 'problem'}>
          {progress === null ? ' ' : resultText(progress)}
        </p>
        <footer>
          <Button onClick={onClose}>{progress?.isDone === true ? 'Close' : 'Cancel'}</Button>
          <Button
            type="submit"
            kind="main"
            isDisabled={
              requests.length === 0 || problems.length > 0 || isSending || progress?.isDone === true
            }
          >
            Add {requests.length === 0 ? '' : countText(requests.length)}
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}

function resultText({ sent, added, problem }: Progress): string {
  const known = sent - added
  const text = `${plural(added, 'request was new', 'requests were new')}, ${countText(known)} ${known === 1 ? 'was' : 'were'} there already.`
  return problem === null ? text : `${problem} ${text}`
}
