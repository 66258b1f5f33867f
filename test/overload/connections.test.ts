import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServerUnderTest } from '../../harness/fuzz/server-under-test.ts'
import { cutConnections } from '../../harness/overload/cut-connections.ts'
import { surroundWithIdleConnections } from '../../harness/overload/idle-connections.ts'
import { pressMemory } from '../../harness/overload/large-bodies.ts'
import { Random } from '../../harness/random.ts'
import { startTestServer } from '../../harness/server.ts'
import type { Store } from '../../src/store/store.ts'

// `npm run torture` does each of these for longer.

test('connections that end in the middle of calls, and thousands of idle ones, disturb nobody', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/overload --seed ${random.seed}`)
  const server = await ServerUnderTest.start()
  t.after(() => server.kill())
  const found: string[] = []
  const cutting = { server, random, violated: (what: string) => found.push(what) }
  for (let round = 0; round < 2; round++) await cutConnections(cutting, 200)
  t.diagnostic(JSON.stringify(await surroundWithIdleConnections(cutting, 2000, 500)))
  assert.deepEqual(found, [])
  assert.deepEqual(server.complaints, [])
  assert.equal(server.exit, null)
})

/** What cutting finds at a server with a fault. */
async function foundAt(around: (store: Store) => Store): Promise<string> {
  const server = await startTestServer({ around })
  try {
    const found: string[] = []
    const violated = (what: string) => found.push(what)
    await cutConnections({ server, random: new Random(1), violated }, 400)
    return found.join('\n')
  } finally {
    await server.close()
  }
}

test('the check of cut connections finds locks that are not given back', async () => {
  const found = await foundAt((store) => ({ ...store, async returnLocks() {} }))
  assert.match(found, /^requests are still locked by clients that left before their answer: gone-\d+/)
})

test('the check of cut connections finds an add that was acknowledged but not done', async () => {
  const found = await foundAt((store) => ({
    ...store,
    async addRequests(ask) {
      const [added] = await store.addRequests({ ...ask, requests: ask.requests.slice(0, -1) })
      return ask.requests.map(({ uniqueKey }) => ({ ...added!, uniqueKey }))
    },
  }))
  assert.match(found, /^cut-\d+ \d+ 4 was acknowledged but is missing/m)
})

test('the check of cut connections finds a failure from before the cut', async () => {
  const found = await foundAt((store) => ({
    ...store,
    async lockHead() {
      throw new Error('a fault that was planted')
    },
  }))
  assert.match(found, /^connection \d+: expected 200, got 500 /)
})

test('more large bodies than the heap could hold: some are refused, and the server lives', async (t) => {
  const found: string[] = []
  const outcome = await pressMemory({
    random: new Random(),
    heapMegabytes: 256,
    callCount: 40,
    violated: (what) => found.push(what),
  })
  t.diagnostic(JSON.stringify(outcome))
  assert.deepEqual(found, [])
  assert.ok(outcome.refused > 0)
})
