import assert from 'node:assert/strict'
import { Random } from '../support/random.ts'
import { Undecided } from './checker.ts'
import { textOfFailure } from './print.ts'
import { shortestFailure } from './shrink.ts'
import type { OpenedWays } from './ways.ts'
import { playHistory, type Ways } from './workload.ts'

/** Of so many calls at once that it would take minutes to say; if that were many of them, nothing would be checked. */
const undecidedMax = 2

/**
 * Plays histories on one store, checks each, and at the end the store itself. One that cannot be decided does not count, and
 * another is played instead.
 */
export async function playHistories(
  open: () => Promise<OpenedWays>,
  random: Random,
  histories: number,
  played: (callCount: number) => void = () => {},
): Promise<void> {
  const ways = await open()
  try {
    let undecided = 0
    for (let count = 0; count < histories; ) {
      const callCount = await playOne(ways, new Random(random.between(0, 2 ** 32 - 1)))
      if (callCount !== null) {
        played(callCount)
        count++
      } else if (++undecided > undecidedMax) {
        assert.fail(`${undecided} histories of ${count + undecided} could not be decided`)
      }
    }
    assert.deepEqual(await ways.stores[0]!.check(), [], 'the store contradicts itself')
  } finally {
    await ways.discard()
  }
}

/**
 * @returns how many calls were answered; null when the history could not be decided
 * @throws AssertionError with the shortest history that shows what is wrong
 */
async function playOne(ways: Ways, random: Random): Promise<number | null> {
  const { history, begin } = await playHistory(ways, random)
  const failure = failureOf(history, begin)
  if (failure === 'undecided') return null
  if (failure !== null) {
    assert.fail(
      `promised: every history could have happened one call at a time (rules 11.2 to 11.4); ` +
        `seen, of ${history.length} calls with seed ${random.seed}:\n${textOfFailure(failure)}`,
    )
  }
  return history.length
}

function failureOf(
  ...ask: Parameters<typeof shortestFailure>
): ReturnType<typeof shortestFailure> | 'undecided' {
  try {
    return shortestFailure(...ask)
  } catch (error) {
    if (error instanceof Undecided) return 'undecided'
    throw error
  }
}
