import { compare } from '../../test/model/compare.ts'
import type { OpenTestStore } from '../../test/support/stores.ts'
import type { Course } from '../kind.ts'

/** Shrinking what was found is given up after so long. */
const shrinkingMs = 60_000

/** One comparison with the oracle after the other, each of its own seed. */
export async function runModel(course: Course, open: OpenTestStore, runs: number): Promise<void> {
  while (!course.isOver) {
    const seed = course.random.between(0, 2 ** 31 - 1)
    const { commandCount, callCount, difference } = await compare(open, { runs, seed, limitMs: shrinkingMs })
    course.done(commandCount, callCount)
    if (difference === null) continue
    // On PostgreSQL the test does a quarter of the runs that it is told.
    course.violated(
      `promised: a store answers as the model does; seen (again: node test/model/model.test.ts --runs ${4 * runs} --seed ${seed}):\n${difference}`,
    )
  }
}
