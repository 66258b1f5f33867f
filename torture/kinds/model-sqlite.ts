import { openTemporarySqliteStore } from '../../harness/stores.ts'
import type { Kind } from '../kind.ts'
import { runModel } from './model.ts'

/** Random commands on a clock that the test moves, compared with the oracle. */
export const modelSqlite: Kind = {
  name: 'model, SQLite',
  unit: 'commands',
  bar: 1_000_000,
  weight: 20,
  needsPostgres: false,
  run: (course) => runModel(course, openTemporarySqliteStore, 50),
}
