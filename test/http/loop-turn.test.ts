import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pino } from 'pino'
import { openTemporarySqliteStore } from '../../harness/stores.ts'
import { LoopTurn } from '../../src/http/overload/loop-turn.ts'
import { buildServer } from '../../src/http/server.ts'

/**
 * More than libuv reads from the system at a time. When libuv gets this many, it reads again without ending
 * the turn.
 */
const connectionCount = 1500
const call = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'

interface Busiest {
  /** Calls that came in one turn of the event loop. */
  readonly read: number
  /** Calls that were answered in one turn. */
  readonly answered: number
}

/** What the busiest of ten turns had while so many connections made so many calls at a time, and again when they were answered. */
async function busiestTurn(callsAtATime: number): Promise<Busiest> {
  const { store, discard } = await openTemporarySqliteStore()
  const app = await buildServer({
    store,
    options: { rateLimits: 'off', publicUrl: null, version: '0.0.0', now: () => performance.now() },
    logger: pino({ level: 'silent' }),
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  let read = 0
  let answered = 0
  app.server.on('request', (_message, response) => {
    read++
    response.once('finish', () => answered++)
  })
  const callers = Array.from({ length: connectionCount }, () => connect({ port, host: '127.0.0.1' }))
  try {
    await Promise.all(callers.map((caller) => new Promise((done) => caller.once('connect', done))))
    // The server has them all when each was answered once.
    await Promise.all(callers.map(answerTo))

    for (const caller of callers) {
      let missing = callsAtATime
      caller.on('data', (bytes) => {
        missing -= bytes.toString('latin1').split('HTTP/1.1 ').length - 1
        if (missing > 0) return
        missing = callsAtATime
        caller.write(call.repeat(callsAtATime))
      })
      caller.write(call.repeat(callsAtATime))
    }
    const busiest = { read: 0, answered: 0 }
    read = 0
    answered = 0
    for (let turns = 0; turns < 10; turns++) {
      await nextTurn()
      busiest.read = Math.max(busiest.read, read)
      busiest.answered = Math.max(busiest.answered, answered)
      read = 0
      answered = 0
    }
    return busiest
  } finally {
    for (const caller of callers) caller.destroy()
    await app.close()
    await discard()
  }
}

function answerTo(caller: Socket): Promise<unknown> {
  caller.write(call)
  return new Promise((done) => caller.once('data', done))
}

test('callers that call again at once do not keep a turn of the event loop from ending', async () => {
  const { read } = await busiestTurn(1)
  assert.ok(read > connectionCount / 2, `they do keep it busy: ${read} calls at the most`)
  assert.ok(read <= 2 * connectionCount, `${read} calls in one turn`)
})

test('calls that arrive all at once are spread over several turns of the event loop', async () => {
  const { read, answered } = await busiestTurn(16)
  assert.ok(read > 4 * connectionCount, `they came at once: ${read} calls at the most`)
  // A thousand as they are read, and a thousand of those that were postponed; all of them before.
  assert.ok(answered <= 2000, `${answered} of ${16 * connectionCount} were answered in one turn`)
})

function spin(ms: number): void {
  const endsAt = performance.now() + ms
  while (performance.now() < endsAt);
}

test('a slice of postponed calls is bounded, for short and long calls, and keeps their order', async () => {
  const turn = new LoopTurn()
  const performed: number[] = []
  let lastMs = 0
  const take = (number: number) =>
    turn.take(() => {
      performed.push(number)
      spin(lastMs)
    })
  for (let number = 0; number < 5000; number++) take(number)
  assert.equal(performed.length, 1000)
  await nextTurn()
  assert.ok(performed.length <= 2000, `${performed.length} short ones`)
  while (performed.length < 5000) await nextTurn()
  await nextTurn()
  for (let number = 5000; number < 6500; number++) take(number)
  lastMs = 3
  const before = performed.length
  await nextTurn()
  assert.ok(performed.length - before < 10, `${performed.length - before} of 3 ms each`)
  lastMs = 0
  while (performed.length < 6500) await nextTurn()
  assert.deepEqual(
    performed,
    Array.from({ length: 6500 }, (_, index) => index),
  )
})

test('a call is late when it is half a second old and there are many, and only then', async () => {
  const turn = new LoopTurn()
  const late: boolean[] = []
  turn.take(() => spin(510))
  for (let calls = 1; calls < 600; calls++) turn.take(() => late.push(turn.isLate))
  // Few calls: the first five hundred, including the one that took so long.
  assert.deepEqual(late.slice(0, 499), Array(499).fill(false))
  assert.deepEqual(late.slice(499), Array(100).fill(true))

  await nextTurn()
  late.length = 0
  for (let calls = 0; calls < 600; calls++) turn.take(() => late.push(turn.isLate))
  assert.deepEqual(late, Array(600).fill(false))
})
