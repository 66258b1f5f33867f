import { useState } from 'preact/hooks'
import { call } from '../../api/call.ts'
import { v2Path } from '../../api/paths.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { say } from '../../state/messages.ts'
import { NameField } from './name-field.tsx'
import type { NamedQueue } from './queue-name.ts'
import { useNameProblem } from './use-name-problem.ts'

interface RenameQueueDialogProps {
  readonly queue: NamedQueue
  onClose(): void
  onRenamed(): void
}

export function RenameQueueDialog({ queue, onClose, onRenamed }: RenameQueueDialogProps) {
  const [name, setName] = useState(queue.name ?? '')
  const [title, setTitle] = useState(queue.title ?? '')
  const refused = useNameProblem()
  const isNamed = queue.name !== null && queue.name !== ''
  return (
    <FormDialog
      title="Rename the queue"
      submit="Rename"
      // A queue that has a name keeps one.
      isReady={!isNamed || name.trim() !== ''}
      onClose={onClose}
      onSubmit={async () => {
        const named = name.trim() === '' ? {} : { name: name.trim() }
        const body = { ...named, title: title.trim() === '' ? null : title.trim() }
        await refused.watch(call('PUT', v2Path(queue.id), body))
        say('The queue was renamed.')
        onClose()
        onRenamed()
      }}
    >
      <NameField
        value={name}
        problem={refused.problem}
        onChange={(next) => {
          refused.clear()
          setName(next)
        }}
        isRequired={isNamed}
        hint="Letters, digits and hyphens. Clients that open the queue by its name have to know the new one."
      />
      <label class="field">
        <span>Title, for people</span>
        <input
          dir="auto"
          value={title}
          maxLength={200}
          autocomplete="off"
          onInput={({ currentTarget }) => setTitle(currentTarget.value)}
        />
      </label>
    </FormDialog>
  )
}
