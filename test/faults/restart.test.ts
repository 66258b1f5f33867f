/** The database is stopped, and crashes, under load: nothing that was acknowledged is lost, and no server is restarted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import { PostgresServer } from '../support/postgres-server.ts'
import { newQueue, sameQueue, startWorkers, Witness } from './workers.ts'

const workerCount = 24
const callsBetween = 400
/** Point 4 of the promise: so soon after the database takes connections the store answers again. */
const backWithinMs = 2_000

test('PostgreSQL is restarted and crashes under load', async (t) => {
  // Everything as it would be in production: what a crash must not lose has to be on the disk.
  const server = await PostgresServer.start()
  const store = await openPostgresStore({ url: server.url })
  t.after(async () => {
    await store.close()
    await server.discard()
  })
  const byId = await newQueue(store, 'restart')
  const byName = sameQueue(byId, { queue: { ownerName: null, queueName: 'restart' } })
  const witness = new Witness()
  const workers = startWorkers(
    workerCount,
    (name, index) => (index % 3 === 0 ? byName : byId).client(name),
    witness,
  )
  const acknowledged = (more: number) => Promise.race([witness.acknowledged(more), workers.failed])

  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGQUIT', 'SIGINT'] as const) {
    await acknowledged(callsBetween)
    await server.down(signal)
    const before = witness.acknowledgedCount
    await server.up()
    const upAt = performance.now()
    await acknowledged(1)
    const backMs = Math.round(performance.now() - upAt)
    assert.ok(backMs <= backWithinMs, `after ${signal} the store answered again only after ${backMs} ms`)
    t.diagnostic(`${signal} after ${before} calls: answers again ${backMs} ms after the database`)
  }
  await acknowledged(callsBetween)
  await workers.stop()
  t.diagnostic(
    `${witness.acknowledgedCount} calls acknowledged, ${witness.refusedCount} refused, ${witness.added.size} requests`,
  )
  await witness.compare(byId)
})
