import { useState } from 'preact/hooks'
import type { PolicyState, QueueDetail } from '../../api/shapes.ts'
import { countText, plural } from '../../format/numbers.ts'
import { visibleText } from '../../format/visible.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Menu } from '../../parts/menu.tsx'
import { Time } from '../../parts/time.tsx'
import { attempt, say } from '../../state/messages.ts'
import { go, hrefOf } from '../../state/route.ts'
import { useMayWrite } from '../../state/session.ts'
import { DeleteQueueDialog } from '../queues/delete-queue-dialog.tsx'
import { nameOf } from '../queues/queue-name.ts'
import { RenameQueueDialog } from '../queues/rename-queue-dialog.tsx'
import { AddDialog } from './add/add-dialog.tsx'
import { changePolicy } from './policy/change-policy.ts'

interface QueueHeaderProps {
  readonly queue: QueueDetail
  readonly policy: PolicyState | null
  readonly isPaused: boolean
  onChanged(): void
}

export function QueueHeader({ queue, policy, isPaused, onChanged }: QueueHeaderProps) {
  const mayWrite = useMayWrite()
  const [open, setOpen] = useState<'add' | 'rename' | 'delete' | null>(null)
  const close = () => setOpen(null)

  async function pause(): Promise<void> {
    await attempt(async () => {
      await changePolicy(queue.id, ({ paused: _, ...rest }) => (isPaused ? rest : { ...rest, paused: true }))
      say(isPaused ? 'The queue hands out requests again.' : 'The queue is paused: it hands out nothing.')
      onChanged()
    })
  }

  return (
    <header class="queue-header">
      <div class="grow">
        <p class="small">
          <a href={hrefOf('')}>Queues</a>
        </p>
        <h1 class="row">
          <bdi class="wrap">{visibleText(nameOf(queue))}</bdi>
          {isPaused && (
            <span class="chip">
              <span class="dot of-held" aria-hidden="true" />
              Paused
            </span>
          )}
          {policy?.state === 'building' && <span class="chip">Building {progressText(policy)}</span>}
        </h1>
        <p class="small quiet queue-facts">
          <code>{queue.id}</code>
          <CopyButton text={queue.id} label="Copy the ID" />
          {queue.name && queue.title && <bdi class="wrap">{visibleText(queue.title)}</bdi>}
          <span>
            {plural(queue.totalRequestCount, 'request')}, changed <Time at={queue.modifiedAt} />
          </span>
        </p>
      </div>
      {mayWrite && (
        <div class="row">
          {policy !== null && (
            <Button icon={isPaused ? 'play' : 'pause'} onClick={() => void pause()}>
              {isPaused ? 'Resume' : 'Pause'}
            </Button>
          )}
          <Button icon="plus" kind="main" onClick={() => setOpen('add')}>
            Add requests
          </Button>
          <Menu label="Actions on the queue">
            <Button onClick={() => setOpen('rename')}>Rename</Button>
            <Button kind="danger" onClick={() => setOpen('delete')}>
              Delete
            </Button>
          </Menu>
        </div>
      )}
      {open === 'add' && <AddDialog queueId={queue.id} onClose={close} onAdded={onChanged} />}
      {open === 'rename' && <RenameQueueDialog queue={queue} onClose={close} onRenamed={onChanged} />}
      {open === 'delete' && <DeleteQueueDialog queue={queue} onClose={close} onDeleted={() => go('')} />}
    </header>
  )
}

function progressText({ progress }: PolicyState): string {
  return progress === null ? '' : `${countText(progress.done)} of ${countText(progress.total)}`
}
