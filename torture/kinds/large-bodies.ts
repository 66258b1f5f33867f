import { pressMemory } from '../../harness/overload/large-bodies.ts'
import type { Kind } from '../kind.ts'

/** Thirty clients with bodies of 9 MB each, against heaps that cannot hold them. */
export const largeBodies: Kind = {
  name: 'memory pressure',
  unit: 'large bodies',
  bar: 500,
  weight: 1,
  needsPostgres: false,
  async run(course) {
    while (!course.isOver) {
      const { accepted, refused } = await pressMemory({
        random: course.random,
        heapMegabytes: course.random.pick([256, 384, 512]),
        callCount: 100,
        violated: (what) => course.violated(what),
      })
      course.done(accepted + refused, accepted)
    }
  },
}
