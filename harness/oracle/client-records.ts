/** What clients of a queue of the oracle did (14.2), noted when it happens. */
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Millis } from '../../src/domain/time.ts'
import type { ClientPage, ClientPosition, ListClients } from '../../src/store/params/insight.ts'
import type { ClientRecord, StoredQueue } from './stored.ts'

function nameOf({ clientKey, runId }: Client): string {
  return JSON.stringify([clientKey, runId])
}

/** A head/lock. From the first one that gives it something, the client is remembered. */
export function noteTaken(queue: StoredQueue, client: Client, count: number, now: Millis): void {
  const known = queue.clients.get(nameOf(client))
  if (known === undefined && count === 0) return
  const record = known ?? { client, handedOut: 0, handled: 0, ranOut: 0, lastSeenAt: now }
  queue.clients.set(nameOf(client), { ...record, handedOut: record.handedOut + count, lastSeenAt: now })
}

/** A lock that had run out is this client's again. */
export function noteTakenBack(queue: StoredQueue, client: Client, now: Millis): void {
  const record = queue.clients.get(nameOf(client)) ?? {
    client,
    handedOut: 0,
    handled: 0,
    ranOut: 0,
    lastSeenAt: now,
  }
  queue.clients.set(nameOf(client), record)
}

export function noteSeen(queue: StoredQueue, client: Client, now: Millis): void {
  change(queue, client, () => ({ lastSeenAt: now }))
}

export function noteHandled(queue: StoredQueue, holder: Client): void {
  change(queue, holder, ({ handled }) => ({ handled: handled + 1 }))
}

export function noteLost(queue: StoredQueue, holder: Client): void {
  change(queue, holder, ({ ranOut }) => ({ ranOut: ranOut + 1 }))
}

function change(
  queue: StoredQueue,
  client: Client,
  changed: (record: ClientRecord) => Partial<ClientRecord>,
): void {
  const record = queue.clients.get(nameOf(client))
  if (record !== undefined) queue.clients.set(nameOf(client), { ...record, ...changed(record) })
}

export function clients(queue: StoredQueue, { after, limit }: ListClients): ClientPage {
  const all = [...queue.clients.values()].map(({ client: { clientKey, runId }, ...deeds }) => {
    const ends = queue.requests
      .filter(({ lock }) => lock?.holder.clientKey === clientKey && lock.holder.runId === runId)
      .map(({ lock }) => lock!.expiresAt)
    const nextExpiryAt = ends.length === 0 ? null : Math.min(...ends)
    return { clientKey, runId, locked: ends.length, nextExpiryAt, ...deeds }
  })
  all.sort(compare)
  const left = all.filter((view) => after === null || compare(view, after) > 0)
  const items = left.slice(0, limit)
  const last = items.at(-1)
  const { locked = 0, lastSeenAt = null, clientKey = '', runId = null } = last ?? {}
  const next = left.length > items.length ? { locked, lastSeenAt, clientKey, runId } : null
  return { items, next, isCapped: false }
}

function compare(a: ClientPosition, b: ClientPosition): number {
  if (a.locked !== b.locked) return b.locked - a.locked
  if (a.lastSeenAt !== b.lastSeenAt) return b.lastSeenAt! - a.lastSeenAt!
  const [first, second] = [a, b].map(({ clientKey, runId }) => `${clientKey} ${runId ?? ''}`)
  return first! < second! ? -1 : first! > second! ? 1 : 0
}
