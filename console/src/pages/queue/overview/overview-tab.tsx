import { useState } from 'preact/hooks'
import { queuePath } from '../../../api/paths.ts'
import { Empty } from '../../../parts/empty.tsx'
import { addCommand } from '../../queues/first-command.ts'
import { ActionDialog } from '../actions/action-dialog.tsx'
import { type Holder, heldBy } from '../clients/holder.ts'
import type { TabProps } from '../tab-props.ts'
import { FiguresPanel } from './figures-panel.tsx'
import { HeldPanel } from './held-panel.tsx'
import { HoldersPanel } from './holders-panel.tsx'
import { NextPanel } from './next-panel.tsx'

/** How the queue moves, what comes next, who holds what, and what is held back. */
export function OverviewTab({ queue, query, explanation, figures, onChanged }: TabProps) {
  const [unlocked, setUnlocked] = useState<Holder | null>(null)
  if (queue.totalRequestCount === 0) {
    return (
      <section class="panel">
        <Empty title="The queue is empty" command={addCommand(queue.id)}>
          Add requests with the button above, or with a client:
        </Empty>
      </section>
    )
  }
  return (
    <div class="overview">
      <div class="stack">
        {!figures.isAbsent && <FiguresPanel path={queuePath(queue.id)} query={query} live={figures.live} />}
        {explanation !== null && <NextPanel queueId={queue.id} next={explanation.next} />}
      </div>
      {explanation !== null && (
        <div class="stack">
          <HoldersPanel holders={explanation.locked} onUnlock={setUnlocked} />
          <HeldPanel held={explanation.held} />
        </div>
      )}
      {unlocked !== null && (
        <ActionDialog
          queueId={queue.id}
          action="unlock"
          target={{ filter: heldBy(unlocked) }}
          onClose={() => setUnlocked(null)}
          onDone={onChanged}
        />
      )}
    </div>
  )
}
