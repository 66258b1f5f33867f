/**
 * What is about very much is done in steps, each a call of its own to whatever does one call after the other: other calls
 * come between two of them, and none waits for all of it.
 */

/** How much a step takes at the most. Tests have smaller ones. */
export interface StepSize {
  /** Requests that are changed. */
  readonly requests: number
  /** Their contents, by `storedBytes`; one request may have more. The embedded store writes a row anew as a whole. */
  readonly bytes: number
  /** Queues that are looked at. */
  readonly queues: number
}

/** Of the embedded store: each takes some 10 ms on two cores of 2024. */
export const sqliteStepSize: StepSize = { requests: 1000, bytes: 8_000_000, queues: 5000 }

/** Of PostgreSQL, which takes longer for each request, and where two steps may come before a call on the same queue. */
export const postgresStepSize: StepSize = { ...sqliteStepSize, requests: 500 }

interface Sized {
  readonly bytes: number
}

type RequestsSize = Pick<StepSize, 'requests' | 'bytes'>

/** How many of the first ones fit into a step: one at least, where there are any. */
export function countThatFits(sized: readonly Sized[], { requests, bytes }: RequestsSize): number {
  let count = 0
  let sum = 0
  for (const one of sized) {
    sum += one.bytes
    if (count === requests || (sum > bytes && count > 0)) break
    count++
  }
  return count
}

/** All of them in their order, as lists that each fit into a step. */
export function* inSteps<One extends Sized>(
  all: Iterable<One>,
  { requests, bytes }: RequestsSize,
): Generator<One[]> {
  let step: One[] = []
  let sum = 0
  for (const one of all) {
    sum += one.bytes
    if (step.length === requests || (sum > bytes && step.length > 0)) {
      yield step
      step = []
      sum = one.bytes
    }
    step.push(one)
  }
  if (step.length > 0) yield step
}
