import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallMaker } from '../../harness/fuzz/calls.ts'
import { queueNamed, runCampaign } from '../../harness/fuzz/campaign.ts'
import { Fuzzer } from '../../harness/fuzz/fuzzer.ts'
import { Judge } from '../../harness/fuzz/judge.ts'
import { ApiPromises } from '../../harness/http/api-promises.ts'
import { Random } from '../../harness/random.ts'
import { startTestServer } from '../../harness/server.ts'
import type { Store } from '../../src/store/store.ts'

/** `npm run torture -- --only 'bad calls'` makes a million. */
const callCount = 4000

test('whatever is sent: no crash, no 5xx, nothing left in memory, nobody else disturbed', async (t) => {
  const { seed } = new Random()
  t.diagnostic(`seed ${seed}; repeat with: npm test -- test/fuzz --seed ${seed}`)
  const found: string[] = []
  const outcome = await runCampaign({
    seed,
    callCount,
    connectionCount: 8,
    violated: (what) => found.push(what),
  })
  assert.deepEqual(found, [])
  assert.ok(outcome.calls >= callCount)
  // What is refused before it gets anywhere tests little.
  assert.ok(outcome.acknowledged > callCount / 5, `${outcome.acknowledged} calls succeeded`)
  assert.ok(outcome.bystanderCalls > 0)
  for (const status of [200, 201, 204, 400, 401, 404, 405])
    assert.ok(outcome.statuses.has(status), `${status}`)
})

/** Fuzzes a server with a fault until something is found. */
async function firstFound(around: (store: Store) => Store): Promise<string> {
  const server = await startTestServer({ around })
  try {
    const promises = await ApiPromises.of(server)
    const markedQueueId = await queueNamed(server, 'marked')
    const maker = new CallMaker(promises.api, { token: server.token, markedQueueId })
    const found: string[] = []
    const fuzzer = new Fuzzer(server, maker, new Judge(promises), 1, (what) => found.push(what))
    await fuzzer.run(() => found.length > 0 || fuzzer.callCount > 20_000)
    assert.ok(found.length > 0, 'it found nothing')
    return found[0]!
  } finally {
    await server.close()
  }
}

test('the fuzzer finds a 500 for one input, and shrinks the call', async () => {
  const found = await firstFound((store) => ({
    ...store,
    async lockHead(ask) {
      if (ask.limit === 25) throw new Error('a fault that was planted')
      return store.lockHead(ask)
    },
  }))
  assert.match(found, /^status 500: /)
  assert.match(
    found,
    /smallest call with this fault: "POST [^ ]+\/head\/lock\?lockSecs=[\w.]+ HTTP\/1.1\\r\\n/,
  )
  assert.match(found, /seed of this connection 1, after \d+ calls/)
})

test('the fuzzer finds an answer that belongs to another call', async () => {
  let earlier: Awaited<ReturnType<Store['updateRequest']>> | undefined
  let calls = 0
  const found = await firstFound((store) => ({
    ...store,
    async updateRequest(ask) {
      const result = await store.updateRequest(ask)
      const answered = ++calls % 50 === 0 ? earlier! : result
      earlier = result
      return answered
    },
  }))
  assert.match(found, /^expected 200 \{"data":\{"requestId":"\w{15}",…, got 200 \{"data"/)
})

test('the fuzzer finds an answer that the API description does not allow', async () => {
  const found = await firstFound((store) => ({
    ...store,
    async addRequests(ask) {
      const results = await store.addRequests(ask)
      return results.map((result) => ({ ...result, wasAlreadyPresent: 1 as unknown as boolean }))
    },
  }))
  assert.match(found, /requestQueue_requests(_batch)?_post 201 is not as declared/)
})
