import type { Change, Moment } from '../lifecycle.ts'
import { placeAt } from '../order.ts'
import type { RequestState } from '../request.ts'

/** Makes a handled request pending again, at the end (13.9). It keeps its content, the retry count included. */
export function revisited(state: RequestState, { now, nextSequence }: Moment): Change {
  return {
    state: {
      ...state,
      handledAt: null,
      revisitAt: null,
      failure: null,
      place: placeAt('end', now, nextSequence()),
    },
    counts: { total: 0, handled: -1, bytes: 0 },
  }
}
