import { openTemporarySqliteStore } from '../../harness/stores.ts'
import type { Kind } from '../kind.ts'
import { runPolicyModel } from './model.ts'

/** Random commands on queues with policies that change meanwhile, compared with the oracle. */
export const policiesModelSqlite: Kind = {
  name: 'model with policies, SQLite',
  unit: 'commands',
  bar: 500_000,
  weight: 20,
  needsPostgres: false,
  run: (course) => runPolicyModel(course, openTemporarySqliteStore, 50),
}
