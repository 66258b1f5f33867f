import type { ListQueues, QueuePage } from '../../store.ts'
import type { Session } from '../session.ts'

/** The caller's queues by age (7.8). */
export function listQueues(session: Session, ask: ListQueues): QueuePage {
  if (ask.ownership === 'sharedWithMe') return { total: 0, items: [] }
  const condition = ask.unnamed ? 'owner_id = ?' : 'owner_id = ? AND name IS NOT NULL'
  const direction = ask.desc ? 'DESC' : 'ASC'
  const { total } = session
    .statement(`SELECT count(*) AS total FROM queues WHERE ${condition}`)
    .get(ask.userId) as { total: number }
  const ids = session
    .statement(`
      SELECT id FROM queues WHERE ${condition}
      ORDER BY created_at ${direction}, number ${direction}
      LIMIT ? OFFSET ?`)
    .all(ask.userId, ask.limit, ask.offset)
  const items = []
  for (const { id } of ids) {
    const queue = session.queue({ userId: ask.userId, queue: { queueId: id as string } })
    if (!('refused' in queue)) items.push(queue.view())
  }
  return { total, items }
}
