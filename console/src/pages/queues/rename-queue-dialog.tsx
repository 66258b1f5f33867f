import { useState } from 'preact/hooks'
import { call } from '../../api/call.ts'
import { v2Path } from '../../api/paths.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { attempt, say } from '../../state/messages.ts'
import type { NamedQueue } from './queue-name.ts'

interface RenameQueueDialogProps {
  readonly queue: NamedQueue
  onClose(): void
  onRenamed(): void
}

export function RenameQueueDialog({ queue, onClose, onRenamed }: RenameQueueDialogProps) {
  const [name, setName] = useState(queue.name ?? '')
  const [title, setTitle] = useState(queue.title ?? '')
  async function rename(): Promise<void> {
    await attempt(async () => {
      const named = name.trim() === '' ? {} : { name: name.trim() }
      await call('PUT', v2Path(queue.id), { ...named, title: title.trim() === '' ? null : title.trim() })
      say('The queue was renamed.')
      onClose()
      onRenamed()
    })
  }
  return (
    <Dialog title="Rename the queue" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void rename()
        }}
      >
        <h2>Rename the queue</h2>
        <label class="field">
          <span>Name</span>
          <input
            aria-label="Name"
            value={name}
            maxLength={63}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
          <span class="small quiet">Clients that open the queue by its name have to know the new one.</span>
        </label>
        <label class="field">
          <span>Title, for people</span>
          <input
            value={title}
            maxLength={200}
            autocomplete="off"
            onInput={({ currentTarget }) => setTitle(currentTarget.value)}
          />
        </label>
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="main">
            Rename
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
