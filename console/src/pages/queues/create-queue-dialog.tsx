import { useState } from 'preact/hooks'
import { call, queryOf } from '../../api/call.ts'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { go, queueWay } from '../../state/route.ts'
import { NameField } from './name-field.tsx'

export function CreateQueueDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('')
  return (
    <FormDialog
      title="New queue"
      submit="Create"
      isReady={name.trim() !== ''}
      onClose={onClose}
      onSubmit={async () => {
        const query = queryOf({ name: name.trim() })
        const made = await call<{ id: string }>('POST', `v2/request-queues${query}`)
        onClose()
        go(queueWay(made.id))
      }}
    >
      <NameField
        value={name}
        onChange={setName}
        hint="Letters, digits and hyphens. A queue with this name that is there already is opened."
      />
    </FormDialog>
  )
}
