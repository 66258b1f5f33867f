import { playPoliteRestarts } from '../../harness/faults/polite-restarts.ts'
import { restartKinds } from '../../harness/faults/restarts.ts'
import { PostgresServer } from '../../harness/postgres-server.ts'
import type { Kind } from '../kind.ts'
import { ended } from './ending.ts'
import { playRounds } from './rounds.ts'

export const politeRestartsOfPostgres: Kind = {
  name: 'restart of PostgreSQL with policies and jobs',
  unit: 'restarts',
  bar: 50,
  weight: 2,
  // It starts its own PostgreSQL, because it breaks the database.
  needsPostgres: false,
  run: (course) =>
    ended(async (ending) => {
      const { random } = course
      const server = await PostgresServer.start()
      ending.after(() => server.discard())
      await playRounds(course, async () => {
        await playPoliteRestarts(server, {
          restarts: Array.from({ length: 8 }, () => random.pick(restartKinds)),
          random,
          callsMax: 600,
          onRestart: (_restart, acknowledgedCount) => course.done(1, acknowledgedCount),
          isOver: () => course.isOver,
        })
      })
    }),
}
