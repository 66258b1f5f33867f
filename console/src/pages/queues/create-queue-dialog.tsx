import { useState } from 'preact/hooks'
import { call, queryOf } from '../../api/call.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { attempt } from '../../state/messages.ts'
import { go, queueWay } from '../../state/route.ts'
import { NameField } from './name-field.tsx'

export function CreateQueueDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('')
  async function create(): Promise<void> {
    await attempt(async () => {
      const made = await call<{ id: string }>('POST', `v2/request-queues${queryOf({ name: name.trim() })}`)
      onClose()
      go(queueWay(made.id))
    })
  }
  return (
    <Dialog title="New queue" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <h2>New queue</h2>
        <NameField value={name} onChange={setName} />
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="main" isDisabled={name.trim() === ''}>
            Create
          </Button>
        </footer>
      </form>
    </Dialog>
  )
}
