import { openTemporaryPostgresStore } from '../../harness/stores.ts'
import type { Kind } from '../kind.ts'
import { runModel } from './model.ts'

/** A command is a few exchanges with the database: while one waits, others go on, each in a schema of its own. */
const atOnce = 3

/** Random commands with the clock in the hands of the test, compared with the oracle. */
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
