/** PostgreSQL goes and comes back under load: nothing acknowledged is lost, and no server is restarted. */
import { test } from 'node:test'
import { PostgresServer } from '../support/postgres-server.ts'
import { Random } from '../support/random.ts'
import { playRestarts } from './restarts.ts'

test('PostgreSQL is restarted, crashes and loses a process under load', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- faults/restart --seed ${random.seed}`)
  const server = await PostgresServer.start()
  t.after(() => server.discard())
  await playRestarts(server, {
    restarts: ['SIGINT', 'SIGQUIT', 'lost process', 'SIGQUIT'],
    random,
    callsMax: 400,
    onRestart: (restart, acknowledgedCount, backMs) =>
      t.diagnostic(
        `${restart} after ${acknowledgedCount} calls: answers again ${backMs} ms after the database`,
      ),
  })
})
