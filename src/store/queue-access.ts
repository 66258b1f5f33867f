/** The way of every store to a queue that somebody asks for. */
import { mayUse, type OwnedQueue, type QueueUser, type Right } from '../domain/caller.ts'
import { HeadlockError } from '../domain/errors.ts'
import type { Refusal } from '../domain/lifecycle.ts'

/** The refusal of a queue that is not there, and of one that this user may not use so: nobody learns which of them it is. */
export function refusalOfUse(
  user: QueueUser,
  queue: OwnedQueue | undefined,
  right: Right,
): (Refusal & { readonly refused: 'queueNotFound' }) | null {
  return queue !== undefined && mayUse(user, queue, right) ? null : { refused: 'queueNotFound' }
}

interface OwnedRow {
  readonly owner_id: string
}

/** What was read of a queue. @throws HeadlockError `queueNotFound`, as `refusalOfUse` has it */
export function usable<Row extends OwnedRow>(user: QueueUser, row: Row | undefined, right: Right): Row {
  const queue = row === undefined ? undefined : { ownerId: row.owner_id }
  const refusal = refusalOfUse(user, queue, right)
  if (refusal !== null) throw new HeadlockError(refusal.refused)
  return row!
}

/** The condition in SQL on the queues of a user: what a list has, and what may be deleted. @param userId a parameter of the statement */
export function ownedBy(userId: '?' | `$${number}`): string {
  return `owner_id = ${userId}`
}
