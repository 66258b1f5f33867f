import { openSqliteWays } from '../../harness/histories/ways.ts'
import type { Kind } from '../kind.ts'
import { runHistories } from './histories.ts'

/**
 * Many concurrent clients over one and over several threads, while the owner of the queue acts on its requests. Some order of
 * the calls must explain what all of them got.
 */
export const actionsHistoriesSqlite: Kind = {
  name: 'histories with actions, SQLite',
  unit: 'histories',
  bar: 1000,
  weight: 4,
  needsPostgres: false,
  run: (course) => runHistories(course, [() => openSqliteWays(1), () => openSqliteWays(3)], 'actions'),
}
