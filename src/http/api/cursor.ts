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
    throw invalidInput('the query parameter cursor is not one that this server gave in nextCursor')
  }
  return after
}

function decodedCursor(cursor: string): string | null {
  try {
    const content: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (typeof content !== 'object' || content === null || !('after' in content)) return null
    return typeof content.after === 'string' ? content.after : null
  } catch {
    return null
  }
}
