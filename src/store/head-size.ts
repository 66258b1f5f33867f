/** Bounds how much one head call does, because other calls wait meanwhile. */
import { limits } from '../domain/limits.ts'
import type { HeadItem } from '../domain/request.ts'
import { countThatFits } from './steps/steps.ts'

const lockedMax = { requests: limits.lockHeadRequestsMax, bytes: limits.lockHeadBytesMax }

/**
 * How many of the first requests one head/lock takes, by their `storedBytes`. At least one, if there are any.
 */
export function countToTake(head: readonly { readonly bytes: number }[]): number {
  return countThatFits(head, lockedMax)
}

/** The first items of a head, as many as fit into one answer. */
export function* headThatFits(head: Iterable<HeadItem>): Generator<HeadItem> {
  let length = 0
  for (const item of head) {
    const before = length
    length += item.longBytes ?? item.uniqueKey.length + item.url.length
    if (length > limits.headLengthMax && before > 0) return
    yield item
  }
}
