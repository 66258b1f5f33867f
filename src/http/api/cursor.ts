import type { ClientPosition, HostPosition } from '../../store/params/insight.ts'
import { invalidInput } from '../errors/errors.ts'

/** Marks the form of a cursor, so that cursors of other forms or servers are recognized. */
const cursorVersion = 1

/** Where a walk through the requests continues (rule 8.1). Callers only send it back, so its content may change. */
export function cursorAfter(requestId: string): string {
  return Buffer.from(JSON.stringify({ v: cursorVersion, after: requestId })).toString('base64url')
}

/** @throws HeadlockError `invalidInput` when this server did not make it */
export function requestIdIn(cursor: string): string {
  const after = decodedCursor(cursor)
  if (after === null || cursorAfter(after) !== cursor) {
    throw notOurs()
  }
  return after
}

/** Where a list of hosts continues. */
export function cursorAtHost({ value, host }: HostPosition): string {
  return Buffer.from(JSON.stringify({ v: cursorVersion, value, host })).toString('base64url')
}

/** @throws HeadlockError `invalidInput` when this server did not make it */
export function hostPositionIn(cursor: string): HostPosition {
  const content = decoded(cursor) as Partial<HostPosition> | null
  const { value = null, host } = content ?? {}
  if (typeof host === 'string' && (value === null || typeof value === 'number')) {
    const position = { value, host }
    if (cursorAtHost(position) === cursor) return position
  }
  throw notOurs()
}

/** Where a list of clients continues. */
export function cursorAtClient({ locked, lastSeenAt, clientKey, runId }: ClientPosition): string {
  const position = { v: cursorVersion, locked, lastSeenAt, clientKey, runId }
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** @throws HeadlockError `invalidInput` when this server did not make it */
export function clientPositionIn(cursor: string): ClientPosition {
  const {
    locked,
    lastSeenAt = null,
    clientKey,
    runId = null,
  } = (decoded(cursor) ?? {}) as Partial<ClientPosition>
  const isTime = lastSeenAt === null || typeof lastSeenAt === 'number'
  if (typeof locked === 'number' && isTime && typeof clientKey === 'string') {
    const position = { locked, lastSeenAt, clientKey, runId: typeof runId === 'string' ? runId : null }
    if (cursorAtClient(position) === cursor) return position
  }
  throw notOurs()
}

function notOurs() {
  return invalidInput('the query parameter cursor is not one that this server gave in nextCursor')
}

function decoded(cursor: string): object | null {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return typeof content === 'object' ? content : null
  } catch {
    return null
  }
}

function decodedCursor(cursor: string): string | null {
  const content = decoded(cursor)
  if (content === null || !('after' in content)) return null
  return typeof content.after === 'string' ? content.after : null
}
