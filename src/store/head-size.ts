/** How much a call about the head is about: others wait meanwhile. */
import { limits } from '../domain/limits.ts'
import type { HeadItem } from '../domain/request.ts'
import { countThatFits } from './steps/steps.ts'

const taken = { requests: limits.lockHeadRequestsMax, bytes: limits.lockHeadBytesMax }

/** How many of the first requests one head/lock takes, by `storedBytes`: one at least, where there are any. */
export function countToTake(head: readonly { readonly bytes: number }[]): number {
  return countThatFits(head, taken)
}

/** The first ones of a head, as many as one answer shows. */
export function* headThatFits(head: Iterable<HeadItem>): Generator<HeadItem> {
  let length = 0
  for (const item of head) {
    const before = length
    length += item.longBytes ?? item.uniqueKey.length + item.url.length
    if (length > limits.headLengthMax && before > 0) return
    yield item
  }
}
