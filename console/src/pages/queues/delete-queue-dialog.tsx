import { useState } from 'preact/hooks'
import { call } from '../../api/call.ts'
import { v2Path } from '../../api/paths.ts'
import { plural } from '../../format/numbers.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { attempt, say } from '../../state/messages.ts'
import { type NamedQueue, nameOf } from './queue-name.ts'

interface DeleteQueueDialogProps {
  readonly queue: NamedQueue & { readonly totalRequestCount: number }
  onClose(): void
  onDeleted(): void
}

/** Deletes a queue after its name was typed. */
export function DeleteQueueDialog({ queue, onClose, onDeleted }: DeleteQueueDialogProps) {
  const [typed, setTyped] = useState('')
  const expected = nameOf(queue)
  async function remove(): Promise<void> {
    await attempt(async () => {
      await call('DELETE', v2Path(queue.id))
      say(`“${expected}” was deleted.`)
      onClose()
      onDeleted()
    })
  }
  return (
    <Dialog title="Delete the queue" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (typed === expected) void remove()
        }}
      >
        <h2>Delete the queue</h2>
        <p class="wrap">
          “{expected}” and its {plural(queue.totalRequestCount, 'request')} will be gone. This cannot be
          undone.
        </p>
        <label class="field">
          <span class="wrap">Type {expected} to confirm</span>
          <input
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="main danger" isDisabled={typed !== expected}>
            Delete
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
