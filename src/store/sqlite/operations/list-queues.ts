import type { QueueView } from '../../../domain/queue.ts'
import type { ListQueues } from '../../params/queues.ts'
import { ownedBy } from '../../queue-access.ts'
import type { StepSize } from '../../steps/steps.ts'
import type { Session } from '../session/session.ts'

/** Where a list of queues has come to. */
export interface ListPosition {
  readonly createdAt: number
  readonly number: number
  /** How many queues are still to be skipped. */
  readonly offset: number
}

/** One step of a list. */
export interface ListQueuesStep extends ListQueues {
  /** Null at the beginning. */
  readonly from: ListPosition | null
  readonly stepSize: StepSize
}

export interface QueuesOfStep {
  readonly total: number
  readonly items: readonly QueueView[]
  /** Null if the page is full or there are no more queues. */
  readonly next: ListPosition | null
}

interface Row {
  id: string
  created_at: number
  number: number
  is_named: number
}

const selectAfter = `
  SELECT id, created_at, number, name IS NOT NULL AS is_named FROM queues INDEXED BY queues_by_age
  WHERE ${ownedBy('?')} AND (created_at, number) > (?, ?) ORDER BY created_at, number LIMIT +?`
const selectBefore = `
  SELECT id, created_at, number, name IS NOT NULL AS is_named FROM queues INDEXED BY queues_by_age
  WHERE ${ownedBy('?')} AND (created_at, number) < (?, ?) ORDER BY created_at DESC, number DESC LIMIT +?`

/** The caller's queues by age (7.8), among as many as one step reads. */
export function listQueues(session: Session, params: ListQueuesStep): QueuesOfStep {
  if (params.ownership === 'sharedWithMe') return { total: 0, items: [], next: null }
  const { userId, limit, desc, unnamed, stepSize } = params
  const outside = desc ? Number.MAX_SAFE_INTEGER : -1
  const from = params.from ?? { createdAt: outside, number: outside, offset: params.offset }
  const rows = session
    .statement(desc ? selectBefore : selectAfter)
    .all(userId, from.createdAt, from.number, stepSize.queues) as unknown as Row[]
  const items: QueueView[] = []
  let { offset } = from
  for (const { id, is_named } of rows) {
    if (items.length >= limit) break
    if (!unnamed && is_named === 0) continue
    if (offset > 0) {
      offset--
      continue
    }
    const queue = session.anyQueue(id)
    if (queue !== undefined) items.push(queue.view())
  }
  const last = rows.at(-1)
  const isOver = items.length >= limit || rows.length < stepSize.queues || last === undefined
  return {
    total: session.totals.of(userId, unnamed),
    items,
    next: isOver ? null : { createdAt: last.created_at, number: last.number, offset },
  }
}
