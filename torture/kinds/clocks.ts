import { type ClockRound, playClockRound } from '../../harness/faults/clock-rounds.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import type { Kind } from '../kind.ts'
import { ended } from './ending.ts'
import { playRounds } from './rounds.ts'

const threadCounts = process.platform === 'linux' ? [1, 1, 2, 3] : [1]

const rules: readonly ClockRound['rule'][] = [
  null,
  { concurrency: 2, delayMs: 0 },
  { concurrency: 3, delayMs: 1 },
  { concurrency: 1, delayMs: 60_000 },
  { concurrency: 1, delayMs: 600_000 },
]

/** The wall clock of a server is set back and forward by hours and days, also while it is down. */
export const clockJumps: Kind = {
  name: 'clock jumps',
  unit: 'jumps',
  bar: 300,
  weight: 2,
  needsPostgres: false,
  run(course) {
    const { random } = course
    return playRounds(course, () =>
      ended(async (ending) =>
        playClockRound(await temporaryDirectory(ending), random, {
          steps: 2_000,
          threads: random.pick(threadCounts),
          rule: random.pick(rules),
          onJump: (acknowledgedCount) => course.done(1, acknowledgedCount),
          isOver: () => course.isOver,
        }),
      ),
    )
  },
}
