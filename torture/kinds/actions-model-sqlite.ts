import { actionStepSize } from '../../harness/model/action-commands.ts'
import { openTemporarySqliteStore } from '../../harness/stores.ts'
import type { Kind } from '../kind.ts'
import { runActionModel } from './model.ts'

/** Random commands with actions and forks in several steps, and restarts between them, compared with the oracle. */
export const actionsModelSqlite: Kind = {
  name: 'model with actions, SQLite',
  unit: 'commands',
  bar: 100_000,
  weight: 10,
  needsPostgres: false,
  run: (course) => runActionModel(course, () => openTemporarySqliteStore(actionStepSize), 50),
}
