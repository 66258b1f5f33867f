import { playClockRound } from '../../harness/faults/clock-rounds.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import type { Kind } from '../kind.ts'
import { ended } from './ending.ts'

const threadCounts = process.platform === 'linux' ? [1, 1, 2, 3] : [1]

/** The wall clock of a server is set back and forward by hours and days, also while it is down. */
export const clockJumps: Kind = {
  name: 'clock jumps',
  unit: 'jumps',
  bar: 300,
  weight: 2,
  needsPostgres: false,
  async run(course) {
    const { random } = course
    for (let round = 1; !course.isOver; round++) {
      try {
        await ended(async (ending) =>
          playClockRound(await temporaryDirectory(ending), random, {
            steps: 2_000,
            threads: random.pick(threadCounts),
            onJump: (acknowledgedCount) => course.done(1, acknowledgedCount),
            isOver: () => course.isOver,
          }),
        )
      } catch (cause) {
        const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
        throw new Error(`seed ${random.seed}, round ${round}: ${text}`)
      }
    }
  },
}
