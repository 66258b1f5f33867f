import { runOverload } from '../../test/overload/overload.ts'
import type { Kind } from '../kind.ts'

/** Four times as many calls as the server can do, again and again, each time on a fresh one. */
export const overload: Kind = {
  name: 'overload',
  unit: 'rounds',
  bar: 10,
  weight: 1,
  needsPostgres: false,
  async run(course) {
    while (!course.isOver) {
      const { accepted } = await runOverload({
        loadMs: course.random.between(1000, 8000),
        violated: (what) => course.violated(what),
      })
      course.done(1, accepted.count)
    }
  },
}
