import type { StreamState } from '../api/stream.ts'
import { Value } from './value.ts'

/** How the stream of the page that is shown is. Null: the page has none. */
export const liveState = new Value<StreamState | null>(null)
