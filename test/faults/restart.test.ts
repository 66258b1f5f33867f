/** PostgreSQL stops and starts again under load: nothing acknowledged is lost, and no server is restarted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playPoliteRestarts } from '../../harness/faults/polite-restarts.ts'
import { playRestarts } from '../../harness/faults/restarts.ts'
import { newQueue } from '../../harness/faults/workers.ts'
import { PostgresServer } from '../../harness/postgres-server.ts'
import { Random } from '../../harness/random.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

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

test('a restart of PostgreSQL leaves every host within its rule, forgets nothing, and lets jobs go on', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- faults/restart --seed ${random.seed}`)
  const server = await PostgresServer.start()
  t.after(() => server.discard())
  const { requestCount, jobCount } = await playPoliteRestarts(server, {
    restarts: ['SIGINT', 'SIGQUIT', 'lost process'],
    random,
    callsMax: 600,
    onRestart: (restart, acknowledgedCount) => t.diagnostic(`${restart} after ${acknowledgedCount} calls`),
  })
  t.diagnostic(`${requestCount} requests were crawled; ${jobCount} actions of the owner`)
})

/** It would answer reads with what was true a moment ago (11.2), and take no writes. */
test('an address that leads to a standby is refused until it leads to a primary again', async (t) => {
  const server = await PostgresServer.start(['hot_standby=on'])
  t.after(() => server.discard())
  const store = await openPostgresStore({ url: server.url })
  t.after(() => store.close())
  const queue = await newQueue(store, 'standby')
  const client = queue.client('worker')
  await client.add('before')

  await server.down()
  server.becomeStandby(true)
  await server.up()
  const unavailable = (error: unknown) =>
    error instanceof HeadlockError && error.errorName === 'storeUnavailable'
  await Promise.all([
    assert.rejects(client.get('before'), unavailable),
    assert.rejects(client.add('meanwhile'), unavailable),
  ])

  await server.down()
  server.becomeStandby(false)
  await server.up()
  await client.add('after')
  assert.deepEqual((await client.walk(10)).map(({ uniqueKey }) => uniqueKey).sort(), ['after', 'before'])
})
