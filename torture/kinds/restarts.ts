import { playRestarts } from '../../harness/faults/restarts.ts'
import type { Kind } from '../kind.ts'
import { playRestartRounds } from './restart-rounds.ts'

export const restartsOfPostgres: Kind = {
  name: 'restart of PostgreSQL',
  unit: 'restarts',
  bar: 100,
  weight: 2,
  // It starts its own PostgreSQL, because it breaks the database.
  needsPostgres: false,
  run: (course) => playRestartRounds(course, 10, playRestarts),
}
