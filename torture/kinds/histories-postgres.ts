import { openPostgresWays } from '../../harness/histories/ways.ts'
import type { Kind } from '../kind.ts'
import { runHistories } from './histories.ts'

/** Many concurrent clients of one and of two servers. Their answers must be possible one call at a time. */
export const historiesPostgres: Kind = {
  name: 'histories, PostgreSQL',
  unit: 'histories',
  bar: 2000,
  weight: 5,
  needsPostgres: true,
  run: (course) => runHistories(course, [() => openPostgresWays(1), () => openPostgresWays(2)]),
}
