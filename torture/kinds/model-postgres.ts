import { openTemporaryPostgresStore } from '../../harness/stores.ts'
import type { Kind } from '../kind.ts'
import { runModel } from './model.ts'

/**
 * How many comparisons run at once, each in its own schema. While one waits for the database, others
 * continue.
 */
const atOnce = 3

/** Random commands on a clock that the test moves, compared with the oracle. */
export const modelPostgres: Kind = {
  name: 'model, PostgreSQL',
  unit: 'commands',
  bar: 200_000,
  weight: 6,
  needsPostgres: true,
  async run(course) {
    const comparisons = Array.from({ length: atOnce }, () => runModel(course, openTemporaryPostgresStore, 25))
    await Promise.all(comparisons)
  },
}
