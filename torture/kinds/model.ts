import { actionScript } from '../../harness/model/action-commands.ts'
import { type Comparison, commandsPerRunMax, compare } from '../../harness/model/compare.ts'
import { policyScript } from '../../harness/model/policy-commands.ts'
import type { OpenTestStore } from '../../harness/stores.ts'
import type { Course } from '../kind.ts'

/** Bounds a comparison. Shrinking and further runs stop after it. */
const limitMs = 60_000

/** Runs comparisons with the oracle one after the other, each with its own seed. */
export function runModel(course: Course, open: OpenTestStore, runs: number): Promise<void> {
  return runComparisons(course, open, { runs, limitMs }, 'test/model/model.test.ts')
}

/** The same with policies that change meanwhile. */
export function runPolicyModel(course: Course, open: OpenTestStore, runs: number): Promise<void> {
  const comparison = { runs, limitMs, anyScript: policyScript(commandsPerRunMax) }
  return runComparisons(course, open, comparison, 'test/model/policies.test.ts')
}

/** With policies, and with actions and forks, which take several steps in stores with `actionStepSize`. */
export function runActionModel(course: Course, open: OpenTestStore, runs: number): Promise<void> {
  return runComparisons(
    course,
    open,
    { runs, limitMs, anyScript: actionScript() },
    'test/model/actions.test.ts',
  )
}

/** @param test does the same with a seed; on PostgreSQL it does a quarter of the given runs */
async function runComparisons(
  course: Course,
  open: OpenTestStore,
  comparison: Omit<Comparison, 'seed'>,
  test: string,
): Promise<void> {
  while (!course.isOver) {
    const seed = course.random.between(0, 2 ** 31 - 1)
    const { commandCount, callCount, undecided, difference } = await compare(open, { ...comparison, seed })
    course.done(commandCount, callCount)
    const again = `again: node ${test} --runs ${4 * comparison.runs} --seed ${seed}`
    for (const what of undecided) course.undecided(`${what} (${again})`)
    if (difference === null) continue
    course.violated(`promised: a store answers as the model does; seen (${again}):\n${difference}`)
  }
}
