/** The thread that moves the log ends by itself, or cannot be started: the store goes on without it, and closes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { databaseName, openSqliteStore } from '../../src/store/sqlite/store.ts'
import { content, TestQueue } from '../support/conversation.ts'
import { startServerProcess, temporaryDirectory } from '../support/server-process.ts'

const text = 'x'.repeat(1_000_000)
/** Bodies of a megabyte; after sixteen of them the log is long enough to be moved. */
const bodiesPerPass = 20

test('a store whose thread could not open the file moves the log itself, tries again, and closes', async (t) => {
  const directory = await temporaryDirectory(t)
  const problems: string[] = []
  const { promise: wasTold, resolve: told } = Promise.withResolvers<void>()
  const store = await openSqliteStore({
    directory,
    onProblem(problem) {
      problems.push(problem)
      told()
    },
  })
  // However the test ends.
  t.after(() => store.close())
  const { id: userId } = await store.ensureUser({ username: 'headlock' })
  const { queue } = await store.getOrCreateQueue({ userId, name: 'pages' })
  const client = new TestQueue(store, userId, { queueId: queue.id }).client('client')
  let added = 0
  const addBodies = async () => {
    for (const last = added + bodiesPerPass; added < last; added++) {
      await client.addContents([content(`page-${added}`, { otherFields: `"userData":{"text":"${text}"}` })])
    }
  }
  const file = join(directory, databaseName)
  const movedBytes = () => statSync(file).size

  // Who has the file open goes on with it; nobody can open it by its name.
  renameSync(file, `${file}-away`)
  mkdirSync(file)
  await addBodies()
  await wasTold
  rmdirSync(file)
  renameSync(`${file}-away`, file)
  assert.equal(problems.length, 1)
  assert.match(problems[0]!, /the thread that moves the log ended: unable to open database file/)

  await addBodies()
  const movedByItself = movedBytes()
  assert.ok(movedByItself > bodiesPerPass * text.length, `${movedByItself} bytes are in the file`)
  await addBodies()
  await addBodies()
  assert.deepEqual(problems.length, 1, 'the next thread found the file')
  await store.close()

  const again = await openSqliteStore({ directory })
  t.after(() => again.close())
  assert.deepEqual(await again.check(), [])
  const { totalRequestCount } = await new TestQueue(again, userId, { queueId: queue.id }).view()
  assert.equal(totalRequestCount, added)
})

// The limit can be put on a running process on Linux alone.
if (process.platform === 'linux') {
  test('a server that may open nothing more when the log has to be moved goes on', goOnWithoutDescriptors)
}

async function goOnWithoutDescriptors(t: TestContext): Promise<void> {
  const server = await startServerProcess(t, await temporaryDirectory(t))
  const token = server.firstToken!
  await server.call('/v2/request-queues?name=many', { token, method: 'POST' })
  const openMax = (count: number) =>
    execFileSync('prlimit', ['--pid', String(server.processId), `--nofile=${count}:`])
  const open = new Set(readdirSync(`/proc/${server.processId}/fd`).map(Number))
  let free = 0
  while (open.has(free)) free++
  // Room for a connection, and not for what a thread opens.
  openMax(free + 3)

  const add = async (number: number) => {
    const body = JSON.stringify({
      url: 'https://example.com/',
      uniqueKey: `page-${number}`,
      userData: { text },
    })
    const { status } = await server.call('/v2/request-queues/~many/requests', { token, method: 'POST', body })
    assert.equal(status, 201)
  }
  for (let number = 0; number < bodiesPerPass; number++) await add(number)
  assert.match(server.stdout, /the thread that moves the log ended: .*EMFILE/)

  openMax(1024)
  for (let number = 0; number < bodiesPerPass; number++) await add(bodiesPerPass + number)
  const { code, stderr } = await server.stop()
  assert.equal(code, 0, stderr)
}
