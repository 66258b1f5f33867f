import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { pino } from 'pino'
import { buildServer } from '../../src/http/server.ts'
import { openTemporarySqliteStore } from '../support/stores.ts'

/** More than libuv takes from the system at a time: when it got so many, it asks for more without ending the turn. */
const connectionCount = 1500
const call = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'

test('callers that ask again at once do not keep a turn of the event loop from ending, and new ones from being heard', async () => {
  const { store, discard } = await openTemporarySqliteStore()
  const app = await buildServer({
    store,
    options: { rateLimits: 'off', publicUrl: null, version: '0.0.0', now: () => performance.now() },
    logger: pino({ level: 'silent' }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  let callCount = 0
  app.server.on('request', () => callCount++)
  const callers = Array.from({ length: connectionCount }, () => connect({ port, host: '127.0.0.1' }))
  try {
    await Promise.all(callers.map((caller) => new Promise((done) => caller.once('connect', done))))
    // The server has them all when each was answered once.
    await Promise.all(callers.map((caller) => answered(caller)))

    let isOver = false
    for (const caller of callers) {
      caller.on('data', () => {
        if (!isOver) caller.write(call)
      })
      caller.write(call)
    }
    let most = 0
    for (let turns = 0; turns < 10; turns++) {
      callCount = 0
      await new Promise((resolve) => setImmediate(resolve))
      most = Math.max(most, callCount)
    }
    isOver = true
    assert.ok(most > connectionCount / 2, `they do keep it busy: ${most} calls at the most`)
    assert.ok(most <= 2 * connectionCount, `${most} calls in one turn`)
  } finally {
    for (const caller of callers) caller.destroy()
    await app.close()
    await discard()
  }
})

function answered(caller: ReturnType<typeof connect>): Promise<unknown> {
  caller.write(call)
  return new Promise((done) => caller.once('data', done))
}
