import assert from 'node:assert/strict'
import { Random } from '../support/random.ts'
import { textOfFailure } from './print.ts'
import { shortestFailure } from './shrink.ts'
import type { OpenedWays } from './ways.ts'
import { playHistory, type Ways } from './workload.ts'

/** Plays histories on one store, checks each, and at the end the store itself. */
export async function playHistories(
  open: () => Promise<OpenedWays>,
  random: Random,
  histories: number,
  played: (callCount: number) => void = () => {},
): Promise<void> {
  const ways = await open()
  try {
    for (let count = 0; count < histories; count++) {
      const callCount = await playOne(ways, new Random(random.between(0, 2 ** 32 - 1)))
      played(callCount)
    }
    assert.deepEqual(await ways.stores[0]!.check(), [], 'the store contradicts itself')
  } finally {
    await ways.discard()
  }
}

/**
 * @returns how many calls were answered
 * @throws AssertionError with the shortest history that shows what is wrong
 */
async function playOne(ways: Ways, random: Random): Promise<number> {
  const { history, begin } = await playHistory(ways, random)
  const failure = shortestFailure(history, begin)
  if (failure !== null) {
    assert.fail(
      `promised: every history could have happened one call at a time (rules 11.2 to 11.4); ` +
        `seen, of ${history.length} calls with seed ${random.seed}:\n${textOfFailure(failure)}`,
    )
  }
  return history.length
}
