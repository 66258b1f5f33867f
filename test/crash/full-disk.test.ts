import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const requests = '/v2/request-queues/~full/requests'
/** Enough that the log is moved into the file before the end, and that then fails too. */
const fileBytesMax = 24 * 1024 * 1024

/**
 * The rules 11.1 and 11.6 where the disk takes no more: a limit on the size of files stands for it, which the system
 * puts on the running process and takes away again.
 */
// The limit can be moved under a running process on Linux alone.
if (process.platform === 'linux') {
  test('with a full disk the server refuses what does not fit, and goes on afterwards', fillAndFree)
}

async function fillAndFree(t: TestContext): Promise<void> {
  const directory = await temporaryDirectory(t)
  const server = await startServerProcess(t, directory)
  const token = server.firstToken!
  await server.call('/v2/request-queues?name=full', { token, method: 'POST' })
  const limitFiles = (bytes: number | 'unlimited') =>
    // The soft limit alone: the hard one could not be taken back.
    execFileSync('prlimit', ['--pid', String(server.processId), `--fsize=${bytes}:`])
  const add = (number: number) => server.call(requests, { token, method: 'POST', body: bigRequest(number) })

  limitFiles(fileBytesMax)
  const acknowledged: string[] = []
  let refusals = 0
  for (let number = 0; refusals < 5; number++) {
    const answer = await add(number)
    if (answer.status === 201) {
      acknowledged.push(`page-${number}`)
      continue
    }
    refusals++
    assert.equal(answer.status, 503)
    assert.match(await answer.text(), /the disk reported an error|the disk is full/)
  }
  assert.ok(acknowledged.length > 0)
  const read = await server.call('/v2/request-queues/~full', { token })
  assert.equal(read.status, 200, 'what is there can be read')

  limitFiles('unlimited')
  assert.equal((await add(-1)).status, 201, 'it takes calls again, without a restart')
  acknowledged.push('page--1')
  assert.equal((await server.call('/ready')).status, 200)
  await server.stop()

  const store = await openSqliteStore({ directory })
  t.after(() => store.close())
  assert.deepEqual(await store.check(), [])
  const user = await store.findUser({ username: 'headlock' })
  const { items } = await store.listRequests({
    userId: user!.id,
    queue: { ownerName: null, queueName: 'full' },
    client: null,
    limit: 10_000,
    afterId: null,
    filter: null,
  })
  assert.deepEqual(items.map(({ uniqueKey }) => uniqueKey).sort(), acknowledged.sort())
}

function bigRequest(number: number): string {
  const uniqueKey = `page-${number}`
  return JSON.stringify({ url: 'https://example.com/', uniqueKey, userData: { text: 'x'.repeat(1_000_000) } })
}
