/** The clients of a queue (14.2), the same for both stores. */
import { countedMax } from '../../domain/insight/limits.ts'
import type { ClientPage, ClientPosition, ClientView, ListClients } from '../params/insight.ts'
import { type ClientDeeds, keyOf } from '../series/client-tally.ts'
import { compare } from './counts.ts'
import type { ExplainRows, Later } from './explain-rows.ts'
import { byClient, type LockRows, locksOf } from './locks.ts'
import type { Moment } from './moment.ts'

export interface ClientRows extends LockRows, Pick<ExplainRows, 'countScheduled'> {
  /** What is saved of clients, about a thousand at most. */
  clients(): Later<readonly ClientDeeds[]>
}

export async function listClients(
  rows: ClientRows,
  moment: Moment,
  { after, limit }: ListClients,
): Promise<ClientPage> {
  const remembered = await rows.clients()
  const locks = await locksOf(rows, moment, await rows.countScheduled(countedMax + 1))
  const deedsOf = new Map(remembered.map((deeds) => [keyOf(deeds.clientKey, deeds.runId), deeds]))
  const views: ClientView[] = []
  for (const { clientKey, runId, count, nextExpiryAt } of byClient(locks.found)) {
    const key = keyOf(clientKey, runId)
    views.push(viewOf({ clientKey, runId }, deedsOf.get(key), count, nextExpiryAt))
    deedsOf.delete(key)
  }
  for (const deeds of deedsOf.values()) views.push(viewOf(deeds, deeds, 0, null))
  views.sort(comparePositions)
  const left = after === null ? views : views.filter((view) => comparePositions(view, after) > 0)
  const items = left.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    next: left.length > limit && last !== undefined ? positionOf(last) : null,
    isCapped: locks.isCut,
  }
}

/** @param deeds undefined: the client is not remembered, so only its live locks are known */
function viewOf(
  { clientKey, runId }: Pick<ClientDeeds, 'clientKey' | 'runId'>,
  deeds: ClientDeeds | undefined,
  locked: number,
  nextExpiryAt: number | null,
): ClientView {
  const { handedOut, takenBack, handled, ended, lastSeenAt } = deeds ?? unknown
  return {
    clientKey,
    runId,
    locked,
    nextExpiryAt,
    lastSeenAt,
    handedOut: Math.max(handedOut, locked - takenBack),
    handled,
    // Each lock lives, was ended by something, or ran out.
    ranOut: Math.max(0, handedOut + takenBack - ended - locked),
  }
}

const unknown = { handedOut: 0, takenBack: 0, handled: 0, ended: 0, lastSeenAt: null }

function comparePositions(a: ClientPosition, b: ClientPosition): number {
  return (
    b.locked - a.locked ||
    (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0) ||
    compare(a.clientKey, b.clientKey) ||
    compare(a.runId ?? '', b.runId ?? '')
  )
}

function positionOf({ locked, lastSeenAt, clientKey, runId }: ClientView): ClientPosition {
  return { locked, lastSeenAt, clientKey, runId }
}
