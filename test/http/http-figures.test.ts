import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { openTemporarySqliteStore } from '../../harness/stores.ts'
import { figureMemory } from '../../src/figures/figures.ts'
import { readFigures } from '../../src/figures/read.ts'
import { buildServer } from '../../src/http/server.ts'

const connectionCount = 600
/** Less than the server reads ahead on one connection, and with all connections more than it performs in one turn. */
const callsOnEach = 30
const call = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'

test('calls whose callers disconnect while they wait are counted too, each once', async () => {
  const { store, discard } = await openTemporarySqliteStore()
  const memory = figureMemory(1)
  const options = {
    rateLimits: 'off',
    publicUrl: null,
    version: '0.0.0',
    now: () => performance.now(),
    figures: { memory, thread: 0 },
  } as const
  const app = await buildServer({ store, options, logger: pino({ level: 'silent' }) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  let read = 0
  app.server.on('request', () => read++)
  try {
    const callers = Array.from({ length: connectionCount }, () => connect({ port, host: '127.0.0.1' }))
    await Promise.all(callers.map((caller) => once(caller, 'connect')))
    for (const caller of callers) caller.write(call.repeat(callsOnEach))
    while (read < (connectionCount * callsOnEach) / 2) await nextTurn()
    for (const caller of callers) caller.resetAndDestroy()
    for (let turns = 0; turns < 1000 && countedCalls(memory).all < read; turns++) await nextTurn()

    const { all, none } = countedCalls(memory)
    assert.equal(all, read)
    assert.ok(none > 0, 'some calls waited when their callers disconnected')
  } finally {
    await app.close()
    await discard()
  }
})

function countedCalls(memory: SharedArrayBuffer) {
  let all = 0
  let none = 0
  for (const reading of readFigures(memory)) {
    if (reading.kind !== 'histogram' || reading.name !== 'callMs') continue
    const count = reading.counts.reduce((sum, each) => sum + each, 0)
    all += count
    if (reading.labels['status'] === 'none') none += count
  }
  return { all, none }
}
