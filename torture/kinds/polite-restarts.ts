import { playPoliteRestarts } from '../../harness/faults/polite-restarts.ts'
import type { Kind } from '../kind.ts'
import { playRestartRounds } from './restart-rounds.ts'

export const politeRestartsOfPostgres: Kind = {
  name: 'restart of PostgreSQL with policies and jobs',
  unit: 'restarts',
  bar: 50,
  weight: 2,
  // It starts its own PostgreSQL, because it breaks the database.
  needsPostgres: false,
  run: (course) => playRestartRounds(course, 8, playPoliteRestarts),
}
