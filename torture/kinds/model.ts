import { compare } from '../../harness/model/compare.ts'
import type { OpenTestStore } from '../../harness/stores.ts'
import type { Course } from '../kind.ts'

/** Bounds a comparison. Shrinking and further runs stop after it. */
const limitMs = 60_000

/** Runs comparisons with the oracle one after the other, each with its own seed. */
export async function runModel(course: Course, open: OpenTestStore, runs: number): Promise<void> {
  while (!course.isOver) {
    const seed = course.random.between(0, 2 ** 31 - 1)
    const { commandCount, callCount, undecided, difference } = await compare(open, { runs, seed, limitMs })
    course.done(commandCount, callCount)
    // On PostgreSQL the test does a quarter of the given runs.
    const again = `again: node test/model/model.test.ts --runs ${4 * runs} --seed ${seed}`
    for (const what of undecided) course.undecided(`${what} (${again})`)
    if (difference === null) continue
    course.violated(`promised: a store answers as the model does; seen (${again}):\n${difference}`)
  }
}
