import { createHash } from 'node:crypto'
import type { AvailabilityNews } from '../../params/waiting.ts'
import { type Bound, bind, statement } from '../connection/statement.ts'

/**
 * The channel of the database on which servers tell each other what changes mean for waiting callers (13.14).
 * Each schema has its own. A hash, because the names of channels are shorter than those of schemas may be.
 */
export function channelOf(schema: string): string {
  return `headlock_${createHash('sha1').update(schema).digest('hex').slice(0, 20)}`
}

const notify = statement('SELECT pg_notify($1, $2)')

/** The statement that tells all servers. The database sends it when the transaction commits. */
export function tellingOf(channel: string, queueId: string, { count, inMs }: AvailabilityNews): Bound {
  return bind(notify, [channel, `${queueId} ${count} ${inMs ?? ''}`])
}

/** What `tellingOf` sent. Null if it is from something else. */
export function newsIn(
  payload: string,
): { readonly queueId: string; readonly news: AvailabilityNews } | null {
  const [, queueId, count, inMs] = /^(\S+) (\d+) (\d*)$/.exec(payload) ?? []
  if (queueId === undefined) return null
  return { queueId, news: { count: Number(count), inMs: inMs === '' ? null : Number(inMs) } }
}
