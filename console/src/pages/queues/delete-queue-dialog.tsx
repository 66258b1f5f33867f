import { useState } from 'preact/hooks'
import { call } from '../../api/call.ts'
import { v2Path } from '../../api/paths.ts'
import { plural } from '../../format/numbers.ts'
import { visibleText } from '../../format/visible.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { say } from '../../state/messages.ts'
import { type NamedQueue, nameOf } from './queue-name.ts'

interface DeleteQueueDialogProps {
  readonly queue: NamedQueue & { readonly totalRequestCount: number }
  onClose(): void
  onDeleted(): void
}

/** Deletes a queue after its name was typed; where it has none, its ID, because a title may have signs that nobody can type. */
export function DeleteQueueDialog({ queue, onClose, onDeleted }: DeleteQueueDialogProps) {
  const [typed, setTyped] = useState('')
  const expected = queue.name || queue.id
  const shown = visibleText(nameOf(queue))
  return (
    <FormDialog
      title="Delete the queue"
      submit="Delete"
      isDangerous
      isReady={typed === expected}
      onClose={onClose}
      onSubmit={async () => {
        await call('DELETE', v2Path(queue.id))
        say(`“${shown}” was deleted.`)
        onClose()
        onDeleted()
      }}
    >
      <p class="wrap">
        “{shown}” and its {plural(queue.totalRequestCount, 'request')} will be gone. This cannot be undone.
      </p>
      <label class="field">
        <span class="wrap">
          Type <code>{expected}</code> to confirm
        </span>
        <input
          value={typed}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
    </FormDialog>
  )
}
