/** Faults during a checkpoint: the store goes on, and closes. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StatementSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import { type ServerProcess, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'
import { systemClock } from '../../src/store/clock.ts'
import { openWriter } from '../../src/store/sqlite/file/database.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'
import { migrate } from '../../src/store/sqlite/migrations/migrate.ts'
import { SharedReads } from '../../src/store/sqlite/reads/shared-reads.ts'
import { Session } from '../../src/store/sqlite/session/session.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { Checkpoints } from '../../src/store/sqlite/thread/checkpoints.ts'
import { StoreClock } from '../../src/store/store-clock.ts'
import { StoreFigures } from '../../src/store/store-figures.ts'

const text = 'x'.repeat(1_000_000)
/** Each body has a megabyte. After sixteen, the log is long enough to be moved. */
const bodiesPerPass = 20

test('a store whose checkpoint thread cannot open the file checkpoints itself, tries again, and closes', async (t) => {
  const directory = await temporaryDirectory(t)
  const problems: string[] = []
  const { promise: problemReported, resolve: reportProblem } = Promise.withResolvers<void>()
  const store = await openSqliteStore({
    directory,
    onProblem(problem) {
      problems.push(problem)
      reportProblem()
    },
  })
  // Also if the test fails.
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

  // A process that has the file open can go on with it, but no process can open it by its name.
  renameSync(file, `${file}-away`)
  mkdirSync(file)
  await addBodies()
  await problemReported
  rmdirSync(file)
  renameSync(`${file}-away`, file)
  assert.equal(problems.length, 1)
  assert.match(problems[0]!, /the thread that moves the log ended: .*headlock\.sqlite is not a regular file/)

  // The store first moves the log itself, and later with a new thread.
  const movedBefore = movedBytes()
  while (movedBytes() < movedBefore + bodiesPerPass * text.length) await addBodies()
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

test('closing waits for a checkpoint that is under way, and begins no further one', async (t) => {
  const file = join(await temporaryDirectory(t), databaseName)
  const db = openWriter(file)
  migrate(db)
  const looks: string[] = []
  class WatchedSession extends Session {
    override statement(sql: string): StatementSync {
      looks.push(sql)
      return super.statement(sql)
    }
  }
  const session = new WatchedSession(db, new StoreClock(systemClock, 0), new SharedReads())
  const checkpoints = new Checkpoints(
    session,
    file,
    (problem) => assert.fail(problem),
    new StoreFigures(undefined),
  )
  // Long enough that what is left after the pass would be worth another one.
  db.exec('CREATE TABLE texts (text TEXT)')
  const insert = db.prepare('INSERT INTO texts VALUES (?)')
  for (let number = 0; number < bodiesPerPass; number++) insert.run(text)
  checkpoints.afterCommit()
  for (let number = 0; number < bodiesPerPass / 3; number++) insert.run(text)
  looks.length = 0
  await checkpoints.close(() => db.close())
  assert.deepEqual(looks, [])
  const again = openWriter(file)
  t.after(() => again.close())
  assert.equal(again.prepare('SELECT count(*) AS count FROM texts').get()!['count'], 27)
})

test('after a backup the checkpoint thread copies the whole log, and calls do not wait for that', async (t) => {
  const file = join(await temporaryDirectory(t), databaseName)
  const db = openWriter(file)
  migrate(db)
  const looks: string[] = []
  class WatchedSession extends Session {
    override statement(sql: string): StatementSync {
      looks.push(sql)
      return super.statement(sql)
    }
  }
  const session = new WatchedSession(db, new StoreClock(systemClock, 0), new SharedReads())
  const checkpoints = new Checkpoints(
    session,
    file,
    (problem) => assert.fail(problem),
    new StoreFigures(undefined),
  )
  db.exec('PRAGMA synchronous = OFF; CREATE TABLE texts (text BLOB)')
  // 70,000 pages of 4 KiB.
  for (let number = 0; number < 35; number++) db.exec('INSERT INTO texts VALUES (zeroblob(8192000))')
  looks.length = 0
  checkpoints.afterCommit()
  assert.deepEqual(looks, ['PRAGMA wal_checkpoint(NOOP)'])
  await checkpoints.close(() => db.close())
  assert.ok(statSync(file).size > 280_000_000)
})

// Limits can be put on a running process on Linux alone.
if (process.platform === 'linux') {
  test('a checkpoint that fails for want of disk space is tried again once a second', tryAgainInTurn)
  test('a server without free file descriptors for a checkpoint goes on', goOnWithoutDescriptors)
}

async function tryAgainInTurn(t: TestContext): Promise<void> {
  const directory = await temporaryDirectory(t)
  const server = await startServerProcess(t, directory)
  const add = await adderTo(server)
  const [file, log] = [join(directory, databaseName), join(directory, `${databaseName}-wal`)]
  await add('small')
  // Each log has a salt of its own in its header.
  const saltOf = () => readFileSync(log).subarray(16, 24).toString('hex')
  const firstSalt = saltOf()
  for (let number = 0; number < bodiesPerPass; number++) await add(text)
  while (saltOf() === firstSalt) await add('small')

  // The next calls fit into the log, which restarts, but not into the file.
  const limit = Math.max(statSync(file).size, statSync(log).size) + 1_000_000
  execFileSync('prlimit', ['--pid', String(server.processId), `--fsize=${limit}:`])
  const failures = () => server.stdout.match(/the log could not be moved/g)?.length ?? 0
  while (failures() === 0) await add(text)
  const before = failures()
  const beganAt = performance.now()
  for (let number = 0; number < 100; number++) await add('small')
  const seconds = (performance.now() - beganAt) / 1000
  const tries = failures() - before
  assert.ok(tries <= seconds + 1, `${tries} in ${seconds.toFixed(1)} s`)

  execFileSync('prlimit', ['--pid', String(server.processId), '--fsize=unlimited:'])
  assert.equal((await server.stop()).code, 0)
}

/** Adds one request with that text, which has to be taken. */
async function adderTo(server: ServerProcess): Promise<(text: string) => Promise<void>> {
  await server.call('/v2/request-queues?name=many', { method: 'POST' })
  let number = 0
  return async (text) => {
    const body = JSON.stringify({
      url: 'https://example.com/',
      uniqueKey: `page-${number++}`,
      userData: { text },
    })
    const { status } = await server.call('/v2/request-queues/~many/requests', { method: 'POST', body })
    assert.equal(status, 201)
  }
}

async function goOnWithoutDescriptors(t: TestContext): Promise<void> {
  const server = await startServerProcess(t, await temporaryDirectory(t))
  const add = await adderTo(server)
  const openMax = (count: number) =>
    execFileSync('prlimit', ['--pid', String(server.processId), `--nofile=${count}:`])
  const open = new Set(readdirSync(`/proc/${server.processId}/fd`).map(Number))
  let free = 0
  while (open.has(free)) free++
  // Room for a connection, and not for what a thread opens.
  openMax(free + 3)
  for (let number = 0; number < bodiesPerPass; number++) await add(text)
  await server.hasPrinted(/the thread that moves the log (?:ended|could not be started): .*EMFILE/)

  openMax(1024)
  for (let number = 0; number < bodiesPerPass; number++) await add(text)
  const { code, stderr } = await server.stop()
  assert.equal(code, 0, stderr)
}
