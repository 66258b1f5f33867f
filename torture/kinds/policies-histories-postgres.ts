import { openPostgresWays } from '../../harness/histories/ways.ts'
import type { Kind } from '../kind.ts'
import { runHistories } from './histories.ts'

/** The same as on SQLite, with one to four servers on one database. */
export const policiesHistoriesPostgres: Kind = {
  name: 'histories with policies, PostgreSQL',
  unit: 'histories',
  bar: 1000,
  weight: 6,
  needsPostgres: true,
  run: (course) =>
    runHistories(
      course,
      [1, 2, 3, 4].map((servers) => () => openPostgresWays(servers)),
      'policies',
    ),
}
