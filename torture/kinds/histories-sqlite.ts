import { openSqliteWays } from '../../harness/histories/ways.ts'
import type { Kind } from '../kind.ts'
import { runHistories } from './histories.ts'

/**
 * Many concurrent clients over one and over several threads. Their answers must be possible one call at a
 * time.
 */
export const historiesSqlite: Kind = {
  name: 'histories, SQLite',
  unit: 'histories',
  bar: 2000,
  weight: 3,
  needsPostgres: false,
  run: (course) => runHistories(course, [() => openSqliteWays(1), () => openSqliteWays(3)]),
}
