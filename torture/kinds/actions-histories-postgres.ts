import type { Kind } from '../kind.ts'
import { runHistoriesOnServers } from './histories.ts'

/** The same as on SQLite, with one to four servers on one database. */
export const actionsHistoriesPostgres: Kind = {
  name: 'histories with actions, PostgreSQL',
  unit: 'histories',
  bar: 1000,
  weight: 6,
  needsPostgres: true,
  run: (course) => runHistoriesOnServers(course, 'actions'),
}
