import assert from 'node:assert/strict'
import { Random } from '../random.ts'
import { Undecided } from './checker.ts'
import type { HistoryKind } from './history.ts'
import { textOfFailure } from './print.ts'
import { shortestFailure } from './shrink.ts'
import type { OpenedWays } from './ways.ts'
import { playHistory, type Ways } from './workload.ts'

/**
 * Called for each history. `undecided`: so many calls were open at once that a decision would take minutes.
 */
export interface Listener {
  played?(callCount: number): void
  undecided?(seed: number): void
}

/**
 * Plays histories on one store, checks each, and checks the store at the end.
 *
 * @throws AssertionError for a broken promise
 */
export async function playHistories(
  open: () => Promise<OpenedWays>,
  random: Random,
  histories: number,
  listener: Listener = {},
  kind: HistoryKind = 'clients',
): Promise<void> {
  const ways = await open()
  try {
    for (let count = 0; count < histories; count++) {
      const seed = random.between(0, 2 ** 32 - 1)
      const callCount = await playOne(ways, new Random(seed), kind)
      if (callCount === null) listener.undecided?.(seed)
      else listener.played?.(callCount)
    }
    assert.deepEqual(await ways.stores[0]!.check(), [], 'the store contradicts itself')
  } finally {
    await ways.discard()
  }
}

/**
 * @returns how many calls were answered; null when the history is undecided
 * @throws AssertionError with the shortest history that shows what is wrong
 */
async function playOne(ways: Ways, random: Random, kind: HistoryKind): Promise<number | null> {
  const { history, begin } = await playHistory(ways, random, kind)
  const failure = failureOf(history, begin)
  if (failure === 'undecided') return null
  if (failure !== null) {
    assert.fail(
      `promised: calls take effect one at a time (rules 11.2 to 11.4); ` +
        `seen, of ${history.length} calls with seed ${random.seed}:\n${textOfFailure(failure)}`,
    )
  }
  return history.length
}

function failureOf(
  ...params: Parameters<typeof shortestFailure>
): ReturnType<typeof shortestFailure> | 'undecided' {
  try {
    return shortestFailure(...params)
  } catch (error) {
    if (error instanceof Undecided) return 'undecided'
    throw error
  }
}
