import { AssertionError } from 'node:assert'
import type { HistoryKind } from '../../harness/histories/history.ts'
import { playHistories } from '../../harness/histories/play.ts'
import { type OpenedWays, openPostgresWays } from '../../harness/histories/ways.ts'
import type { Course } from '../kind.ts'

/** The number of histories on a store before another one is opened. */
const historiesPerStore = 25
/** The run ends after this many violations. More would add nothing. */
const violationsMax = 10

/** Plays histories until the course is over, on each kind of store in turn. */
export async function runHistories(
  course: Course,
  opens: readonly (() => Promise<OpenedWays>)[],
  kind: HistoryKind = 'clients',
): Promise<void> {
  for (let turn = 0; !course.isOver && course.tally.violations.length < violationsMax; turn++) {
    try {
      const listener = {
        played: (callCount: number) => course.done(1, callCount),
        undecided: (seed: number) => course.undecided(`a history with seed ${seed}`),
      }
      const open = opens[turn % opens.length]!
      await playHistories(open, course.random, historiesPerStore, listener, kind)
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error
      course.violated(error.message)
    }
  }
}

/** The same with one to four servers on one PostgreSQL. */
export function runHistoriesOnServers(course: Course, kind: HistoryKind): Promise<void> {
  const opens = [1, 2, 3, 4].map((servers) => () => openPostgresWays(servers))
  return runHistories(course, opens, kind)
}
