/**
 * Large calls are split into steps. Each step is a call of its own to the part of the store that does one
 * call after the other. Other calls run between two steps, so no call waits for the whole of a large one.
 */

/** The most that one step does. Tests use smaller steps. */
export interface StepSize {
  /** How many requests a step changes. */
  readonly requests: number
  /**
   * The `storedBytes` of these requests. A single request may have more. The embedded store rewrites a
   * changed row as a whole.
   */
  readonly bytes: number
  /** How many queues a step reads. */
  readonly queues: number
  /** How many requests a step of an action or a fork changes or copies. Each takes longer than in other large calls. */
  readonly acted: number
  /** How many requests an action puts in order at once. It is no bound of a step, but of memory: each takes 150 bytes. */
  readonly inOrder: number
}

/** For the embedded store. Each step takes some 10 ms on two cores of 2024. */
export const sqliteStepSize: StepSize = {
  requests: 1000,
  bytes: 8_000_000,
  queues: 5000,
  acted: 200,
  inOrder: 100_000,
}

/**
 * For PostgreSQL. It is smaller because PostgreSQL takes longer for each request, and because a call on the
 * same queue may wait for two steps.
 */
export const postgresStepSize: StepSize = { ...sqliteStepSize, requests: 500 }

interface Sized {
  readonly bytes: number
}

type RequestsSize = Pick<StepSize, 'requests' | 'bytes'>

/** How many of the first items fit into a step. At least one, if there are any. */
export function countThatFits(sized: readonly Sized[], { requests, bytes }: RequestsSize): number {
  let count = 0
  let sum = 0
  for (const item of sized) {
    sum += item.bytes
    if (count === requests || (sum > bytes && count > 0)) break
    count++
  }
  return count
}

/** Splits all items into lists that each fit into a step, in their order. */
export function* inSteps<One extends Sized>(
  all: Iterable<One>,
  { requests, bytes }: RequestsSize,
): Generator<One[]> {
  let step: One[] = []
  let sum = 0
  for (const item of all) {
    sum += item.bytes
    if (step.length === requests || (sum > bytes && step.length > 0)) {
      yield step
      step = []
      sum = item.bytes
    }
    step.push(item)
  }
  if (step.length > 0) yield step
}
