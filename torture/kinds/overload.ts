import { runOverload } from '../../harness/overload/overload.ts'
import type { Kind } from '../kind.ts'

/**
 * Calls that arrive four times as fast as the server can perform them, repeated on fresh servers. A call that
 * arrives while all 4000 connections wait for an answer is not sent, so the server gets less. A line for each
 * round says how much.
 */
export const overload: Kind = {
  name: 'overload',
  unit: 'rounds',
  bar: 10,
  weight: 4,
  isAlone: true,
  needsPostgres: false,
  async run(course) {
    while (!course.isOver) {
      const reasons: string[] = []
      const outcome = await runOverload({
        loadMs: course.random.between(1000, 8000),
        violated: (what) => course.violated(what),
        undecided: (what) => void reasons.push(what),
      })
      const { accepted, offeredFactor, sentFactor, sentLaterFactor, heldBackCount } = outcome
      console.log(
        `overload: ${offeredFactor.toFixed(1)} times its pace arrived, ${sentFactor.toFixed(1)} times was sent (${sentLaterFactor.toFixed(1)} after the beginning), ${heldBackCount} calls were held back`,
      )
      if (reasons.length === 0) course.done(1, accepted.count)
      else course.undecided(reasons.join('; '))
    }
  },
}
