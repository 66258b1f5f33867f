import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { countText, plural } from '../../../format/numbers.ts'
import { Button } from '../../../parts/button.tsx'
import { Dialog } from '../../../parts/dialog.tsx'
import { Meter } from '../../../parts/meter.tsx'
import { textOf } from '../../../state/messages.ts'
import { parseRequests } from './parse-requests.ts'
import { type Sent, sendRequests } from './send-requests.ts'

/** A browser takes seconds to put so many lines into a field itself. */
const longPasteLength = 20_000

interface AddDialogProps {
  readonly queueId: string
  onClose(): void
  onAdded(): void
}

interface Progress extends Sent {
  readonly state: 'sending' | 'done' | 'stopped'
  readonly problem: string | null
}

/** Adds what was pasted, and says how much of it was new. */
export function AddDialog({ queueId, onClose, onAdded }: AddDialogProps) {
  const [text, setText] = useState('')
  const [isForefront, setIsForefront] = useState(false)
  const [progress, setProgress] = useState<Progress | null>(null)
  const sending = useRef<AbortController | null>(null)
  const { requests, problems } = useMemo(() => parseRequests(text), [text])
  const isSending = progress?.state === 'sending'
  // Nothing is sent that nobody sees any more.
  useEffect(() => () => sending.current?.abort(), [])

  function change(next: string): void {
    setText(next)
    setProgress(null)
  }

  async function add(): Promise<void> {
    const connection = new AbortController()
    sending.current = connection
    let last: Sent = { sent: 0, added: 0 }
    setProgress({ ...last, state: 'sending', problem: null })
    const onSent = (sent: Sent) => {
      last = sent
      setProgress({ ...sent, state: 'sending', problem: null })
    }
    try {
      await sendRequests(queueId, requests, { isForefront, signal: connection.signal, onSent })
      setProgress({ ...last, state: 'done', problem: null })
    } catch (error) {
      const problem = connection.signal.aborted ? 'Stopped.' : textOf(error)
      setProgress({ ...last, state: 'stopped', problem })
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
            readOnly={isSending}
            placeholder={
              'https://example.com/\n{"url": "https://example.com/list", "userData": {"label": "LIST"}}'
            }
            value={text}
            onInput={({ currentTarget }) => change(currentTarget.value)}
            onPaste={(event) => {
              const pasted = event.clipboardData?.getData('text') ?? ''
              if (pasted.length < longPasteLength || isSending) return
              const { value, selectionStart, selectionEnd } = event.currentTarget
              event.preventDefault()
              change(value.slice(0, selectionStart) + pasted + value.slice(selectionEnd))
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
            disabled={isSending}
            onChange={({ currentTarget }) => setIsForefront(currentTarget.checked)}
          />
          Before everything else, in this order
        </label>
        {progress !== null && <Meter done={progress.sent} total={requests.length} label="Requests added" />}
        <p aria-live="polite" class={progress?.problem == null ? '' : 'problem'}>
          {progress === null ? ' ' : resultText(progress)}
        </p>
        <footer>
          {isSending ? (
            <Button onClick={() => sending.current?.abort()}>Stop</Button>
          ) : (
            <Button onClick={onClose}>{progress?.state === 'done' ? 'Close' : 'Cancel'}</Button>
          )}
          <Button
            type="submit"
            kind="main"
            isDisabled={
              requests.length === 0 || problems.length > 0 || isSending || progress?.state === 'done'
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
