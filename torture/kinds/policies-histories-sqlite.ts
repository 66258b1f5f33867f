import { openSqliteWays } from '../../harness/histories/ways.ts'
import type { Kind } from '../kind.ts'
import { runHistories } from './histories.ts'

/**
 * Many concurrent clients over one and over several threads, with policies that change meanwhile. Some order
 * of the calls must explain what they got, without any group ever above its rule.
 */
export const policiesHistoriesSqlite: Kind = {
  name: 'histories with policies, SQLite',
  unit: 'histories',
  bar: 1000,
  weight: 4,
  needsPostgres: false,
  run: (course) => runHistories(course, [() => openSqliteWays(1), () => openSqliteWays(3)], 'policies'),
}
