/** A request whose locks ran out too often (13.12). */

import { withErrorMessage } from '../error-messages.ts'
import { failureText } from '../insight/failure.ts'
import type { Change } from '../lifecycle.ts'
import { type RequestContent, type RequestState, storedBytes } from '../request.ts'
import type { Millis } from '../time.ts'

/** What the `errorMessages` of the request say. */
export function givenUpMessage(lockExpiries: number): string {
  const locks = lockExpiries === 1 ? 'its lock' : `${lockExpiries} locks in a row`
  return (
    `Headlock gave this request up: ${locks} ran out, and no client handled it, gave it back or ` +
    'prolonged its lock (lockExpiriesMax in the policy of the queue).'
  )
}

/** Marks the request handled, and says why in its `errorMessages`. */
export function givenUp(
  state: RequestState,
  before: RequestContent,
  lockExpiries: number,
  now: Millis,
): { readonly content: RequestContent; readonly change: Change } {
  const message = givenUpMessage(lockExpiries)
  const otherFields = withErrorMessage(before.otherFields, message)
  const content = { ...before, handledAt: now, otherFields }
  const bytes = storedBytes(content)
  const change = {
    state: {
      ...state,
      handledAt: now,
      place: null,
      scheduledAt: null,
      lock: null,
      lockExpiries: 0,
      group: null,
      lockGroup: null,
      revisitAt: null,
      // Whatever the request says of itself (13.12).
      failure: failureText(message),
      bytes,
    },
    counts: { total: 0, handled: 1, bytes: bytes - state.bytes },
  }
  return { content, change }
}
