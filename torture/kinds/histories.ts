import { AssertionError } from 'node:assert'
import { playHistories } from '../../harness/histories/play.ts'
import type { OpenedWays } from '../../harness/histories/ways.ts'
import type { Course } from '../kind.ts'

/** So many are played on a store before another is opened. */
const historiesPerStore = 25
/** What is wrong so often is known by then. */
const violationsMax = 10

/** Plays histories until the course is over, on each kind of ways in turn. */
export async function runHistories(
  course: Course,
  opens: readonly (() => Promise<OpenedWays>)[],
): Promise<void> {
  for (let turn = 0; !course.isOver && course.tally.violations.length < violationsMax; turn++) {
    try {
      await playHistories(opens[turn % opens.length]!, course.random, historiesPerStore, {
        played: (callCount) => course.done(1, callCount),
        undecided: (seed) => course.undecided(`a history with seed ${seed}`),
      })
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      course.violated(error.message)
    }
  }
}
