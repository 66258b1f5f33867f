import { compare } from '../../harness/model/compare.ts'
import type { OpenTestStore } from '../../harness/stores.ts'
import type { Course } from '../kind.ts'

/** Shrinking what was found is given up after so long, and so is the rest of the runs. */
const limitMs = 60_000

/** One comparison with the oracle after the other, each of its own seed. */
export async function runModel(course: Course, open: OpenTestStore, runs: number): Promise<void> {
  while (!course.isOver) {
    const seed = course.random.between(0, 2 ** 31 - 1)
    const { commandCount, callCount, undecided, difference } = await compare(open, { runs, seed, limitMs })
    course.done(commandCount, callCount)
    // On PostgreSQL the test does a quarter of the runs that it is told.
    const again = `again: node test/model/model.test.ts --runs ${4 * runs} --seed ${seed}`
    for (const what of undecided) course.undecided(`${what} (${again})`)
    if (difference === null) continue
    course.violated(`promised: a store answers as the model does; seen (${again}):\n${difference}`)
  }
}
