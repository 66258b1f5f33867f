/** How every store decides whether a caller may use a queue. */
import { mayUse, type OwnedQueue, type QueueUser, type Right } from '../domain/caller.ts'
import { HeadlockError } from '../domain/errors.ts'
import type { Refusal } from '../domain/lifecycle.ts'

/**
 * Refuses a queue that does not exist or that this user may not use. Both get the same refusal, so nobody
 * learns which it was.
 */
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

/**
 * The row of a queue that the user may use.
 *
 * @throws HeadlockError `queueNotFound`, as `refusalOfUse` decides
 */
export function usable<Row extends OwnedRow>(user: QueueUser, row: Row | undefined, right: Right): Row {
  const queue = row === undefined ? undefined : { ownerId: row.owner_id }
  const refusal = refusalOfUse(user, queue, right)
  if (refusal !== null) throw new HeadlockError(refusal.refused)
  return row!
}

/**
 * The SQL condition for the queues of a user. Lists and deletes use it.
 *
 * @param userId a parameter of the statement
 */
export function ownedBy(userId: '?' | `$${number}`): string {
  return `owner_id = ${userId}`
}
