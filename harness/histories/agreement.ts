/** What the checker must decide about histories on the oracle, with a planted fault and without one. */
import assert from 'node:assert/strict'
import { Random } from '../random.ts'
import { check, Undecided } from './checker.ts'
import { type Fault, noFault, openFaultyWays } from './faulty-store.ts'
import type { HistoryKind } from './history.ts'
import { playHistories } from './play.ts'
import { textOfFailure } from './print.ts'
import { shortestFailure } from './shrink.ts'
import { playHistory } from './workload.ts'

const rightHistories = 25
const historiesWithFaultMax = 60

export async function assertAllPossible(kind: HistoryKind): Promise<void> {
  const random = new Random()
  const open = async () => ({ ...openFaultyWays(noFault, random), discard: async () => {} })
  let decided = 0
  await playHistories(open, random, rightHistories, { played: () => decided++ }, kind)
  assert.ok(decided > rightHistories / 2, `seed ${random.seed}: only ${decided} could be decided`)
}

/** One of the histories shows the fault, and so does the shortest part of it. */
export async function assertFound(fault: Fault, kind: HistoryKind): Promise<void> {
  const random = new Random()
  for (let count = 0; count < historiesWithFaultMax; count++) {
    const { history, begin } = await playHistory(openFaultyWays(fault, random), random, kind)
    const failure = failureOf(history, begin)
    if (failure === null) continue
    assert.notEqual(check(failure.calls, failure.begin), null, 'what is shown is impossible by itself')
    const text = textOfFailure(failure)
    assert.ok(text.includes(failure.impossible.wrong.caller), text)
    return
  }
  assert.fail(`seed ${random.seed}: ${historiesWithFaultMax} histories with the fault seem possible`)
}

/** Null too when it cannot be decided. */
function failureOf(...params: Parameters<typeof shortestFailure>): ReturnType<typeof shortestFailure> {
  try {
    return shortestFailure(...params)
  } catch (error) {
    if (error instanceof Undecided) return null
    throw error
  }
}
