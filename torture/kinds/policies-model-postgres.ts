import { openTemporaryPostgresStore } from '../../harness/stores.ts'
import type { Kind } from '../kind.ts'
import { runPolicyModel } from './model.ts'

/** How many comparisons run at once, as in model-postgres.ts. */
const atOnce = 3

/** Random commands on queues with policies that change meanwhile, compared with the oracle. */
export const policiesModelPostgres: Kind = {
  name: 'model with policies, PostgreSQL',
  unit: 'commands',
  bar: 200_000,
  weight: 10,
  needsPostgres: true,
  async run(course) {
    const comparisons = Array.from({ length: atOnce }, () =>
      runPolicyModel(course, openTemporaryPostgresStore, 25),
    )
    await Promise.all(comparisons)
  },
}
