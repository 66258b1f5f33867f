/** How the stores keep figures over time (14.8): what a failure leaves, how many rows there are, and when they go. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { content, TestQueue } from '../../harness/conversation.ts'
import { temporaryDatabaseParts, temporaryDirectory } from '../../harness/server-process.ts'
import { ManualClock } from '../../src/store/clock.ts'
import { PostgresClock } from '../../src/store/postgres/clock.ts'
import { Database } from '../../src/store/postgres/connection/pool.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { deleteOldFigures } from '../../src/store/postgres/series/old-figures.ts'
import { FigureSaves } from '../../src/store/postgres/series/save-figures.ts'
import { QueueTally } from '../../src/store/series/queue-tally.ts'
import { UnsavedFigures } from '../../src/store/series/unsaved-figures.ts'
import { openWriter } from '../../src/store/sqlite/file/database.ts'
import { migrate } from '../../src/store/sqlite/migrations/migrate.ts'
import { clearPurges } from '../../src/store/sqlite/operations/clear-purges.ts'
import { SharedReads } from '../../src/store/sqlite/reads/shared-reads.ts'
import { Session } from '../../src/store/sqlite/session/session.ts'
import { runTogether } from '../../src/store/sqlite/thread/group-commit.ts'
import type { CallMessage } from '../../src/store/sqlite/thread/messages.ts'
import { StoreClock } from '../../src/store/store-clock.ts'

const client = { clientKey: 'client-a', runId: null }

/** A session as the storage thread has it, with a queue. */
async function sessionFor(t: TestContext) {
  const db = openWriter(join(await temporaryDirectory(t), 'headlock.sqlite'))
  t.after(() => db.close())
  migrate(db)
  const clock = new ManualClock()
  const session = new Session(db, new StoreClock(clock, 0), new SharedReads())
  const run = (name: CallMessage[1], params: unknown): unknown => {
    const [[, reply]] = runTogether(session, [[1, name, params]]) as [[number, object]]
    assert.ok('answer' in reply, JSON.stringify(reply))
    return reply.answer
  }
  const { id: userId } = run('ensureUser', { username: 'alice' }) as { id: string }
  const made = run('getOrCreateQueue', { userId, name: null }) as { queue: { id: string } }
  const queue = { userId, queue: { queueId: made.queue.id } }
  const save = () => {
    session.begin()
    for (const number of session.figures.unsavedNumbers()) session.figures.save(number)
    session.commit()
  }
  const countRows = (stepSecs: number) =>
    db
      .prepare('SELECT count(*) AS count FROM queue_figures WHERE queue_number <> 0 AND step_secs = ?')
      .get(stepSecs)!['count']
  return { db, clock, session, run, queue, save, countRows }
}

function add(key: string) {
  return { client, requests: [content(key)], side: 'end' }
}

function addedIn(rows: readonly Record<string, unknown>[]): number {
  return rows.reduce((sum, { added }) => sum + Number(added), 0)
}

test('sqlite: a save that fails loses nothing, and counts nothing twice', async (t) => {
  const { db, session, run, queue, save } = await sessionFor(t)
  const added = () =>
    addedIn(db.prepare('SELECT added FROM queue_figures WHERE queue_number <> 0 AND step_secs = 10').all())
  run('addRequests', { ...queue, ...add('1') })
  session.begin()
  for (const number of session.figures.unsavedNumbers()) session.figures.save(number)
  assert.equal(added(), 1)
  session.rollback()
  assert.equal(added(), 0)
  save()
  assert.equal(added(), 1)
  save()
  assert.equal(added(), 1)
  assert.deepEqual(session.figures.unsavedNumbers(), [])
})

test('sqlite: what was rolled back is not counted, and what was committed before it is', async (t) => {
  const { db, session, run, queue, save } = await sessionFor(t)
  run('addRequests', { ...queue, ...add('1') })
  session.begin()
  const inHand = session.queue(queue, 'write')
  assert.ok(!('refused' in inHand))
  inHand.count({ state: null, counts: { total: 100, handled: 100, bytes: 100 } }, session.now)
  session.rollback()
  save()
  const [row] = db
    .prepare('SELECT added, handled FROM queue_figures WHERE queue_number <> 0 AND step_secs = 300')
    .all()
  assert.deepEqual({ ...row }, { added: 1, handled: 0 })
})

test('sqlite: rows go when they are too old, and a queue at rest has none of seconds', async (t) => {
  const { clock, session, run, queue, save, countRows } = await sessionFor(t)
  for (let second = 0; second < 400; second++) {
    run('addRequests', { ...queue, ...add(`page-${second}`) })
    run('lockHead', { ...queue, client, limit: 1, lockMs: 60_000 })
    save()
    while (session.figures.hasOldRows(session.now)) {
      session.begin()
      session.figures.deleteOldRows(session.now)
      session.commit()
    }
    clock.advance(1000)
    // Those of the last minutes, and those in which locks end.
    assert.ok(Number(countRows(1)) <= 320 + 61, String(countRows(1)))
  }
  assert.ok(Number(countRows(10)) <= 47)
  const goOn = (ms: number) => {
    clock.advance(ms)
    run('ping', undefined)
    while (session.figures.hasOldRows(session.now)) {
      session.begin()
      session.figures.deleteOldRows(session.now)
      session.commit()
    }
    return [countRows(1), countRows(10), countRows(300)]
  }
  const [seconds, tens, steps] = goOn(400_000)
  assert.equal(seconds, 0)
  assert.ok(Number(tens) > 0)
  assert.deepEqual(goOn(3_700_000), [0, 0, steps])
  assert.deepEqual(goOn(7 * 86_400_000), [0, 0, 0])
})

test('sqlite: the figures of a deleted queue go', async (t) => {
  const { session, run, queue, save, countRows } = await sessionFor(t)
  run('addRequests', { ...queue, ...add('1') })
  save()
  run('addRequests', { ...queue, ...add('2') })
  assert.equal(countRows(1), 1)
  run('deleteQueue', queue)
  for (let more = true; more; ) {
    session.begin()
    more = clearPurges(session)
    session.commit()
  }
  save()
  assert.deepEqual([countRows(1), countRows(10), countRows(300)], [0, 0, 0])
})

/** A database with the tables, one queue, and what a server keeps. */
async function databaseFor(t: TestContext) {
  const { url, schema } = await temporaryDatabaseParts(t)
  const clock = new ManualClock()
  const store = await openPostgresStore({ url, schema, clock, connectionsMax: 4 })
  t.after(() => store.close())
  const { id: userId } = await store.ensureUser({ username: 'alice' })
  const { queue } = await store.getOrCreateQueue({ userId, name: null })
  const database = new Database({ url, schema, connectionsMax: 2, onProblem: () => {} })
  t.after(() => database.close())
  // Its first connection finds out whether it is a cluster, as a start does.
  await database.use(async () => {})
  const raw = new Client({ connectionString: url, options: `-c search_path=${schema}` })
  await raw.connect()
  t.after(() => raw.end())
  const countRows = async (stepSecs: number) => {
    const { rows } = await raw.query(
      "SELECT count(*)::integer AS count FROM queue_figures WHERE queue_id <> '' AND step_secs = $1",
      [stepSecs],
    )
    return rows[0].count as number
  }
  return {
    store,
    clock,
    database,
    raw,
    countRows,
    queue: new TestQueue(store, userId, { queueId: queue.id }),
  }
}

function tallyOf(added: number): QueueTally {
  const tally = new QueueTally()
  for (let count = 0; count < added; count++) tally.changed({ total: 1, handled: 0, bytes: 1 })
  return tally
}

test('postgres: servers add to the same rows, and a save that fails loses nothing', async (t) => {
  const { database, raw, clock, queue } = await databaseFor(t)
  const { queueId } = queue.queue as { queueId: string }
  const servers = [
    new FigureSaves(database, new PostgresClock(new ManualClock())),
    new FigureSaves(database, new PostgresClock(new ManualClock())),
  ]
  const now = clock.wallMs()
  const added = async () =>
    addedIn(
      (await raw.query("SELECT added FROM queue_figures WHERE queue_id <> '' AND step_secs = 300")).rows,
    )
  for (const [index, { unsaved }] of servers.entries()) unsaved.add(queueId, now, tallyOf(index + 1))
  await Promise.all(servers.map((server) => server.saveAll()))
  assert.equal(await added(), 3)
  await raw.query('ALTER TABLE queue_figures RENAME TO elsewhere')
  servers[0]!.unsaved.add(queueId, now, tallyOf(4))
  await assert.rejects(servers[0]!.saveAll())
  await raw.query('ALTER TABLE elsewhere RENAME TO queue_figures')
  await servers[0]!.saveAll()
  assert.equal(await added(), 7)
  // A queue that does not exist gets no rows.
  servers[0]!.unsaved.add('nobody', now, tallyOf(1))
  await servers[0]!.saveAll()
  assert.equal(await added(), 7)
})

test('postgres: rows go when they are too old', async (t) => {
  // The store deletes them by itself otherwise, now and then.
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { database, clock, queue, countRows } = await databaseFor(t)
  const { queueId } = queue.queue as { queueId: string }
  const server = new FigureSaves(database, new PostgresClock(new ManualClock()))
  for (let second = 0; second < 700; second++) {
    server.unsaved.add(queueId, clock.wallMs(), tallyOf(1))
    clock.advance(1000)
  }
  await server.saveAll()
  assert.deepEqual([await countRows(1), await countRows(10), await countRows(300)], [700, 70, 3])
  const goOn = async (ms: number) => {
    clock.advance(ms)
    while (await deleteOldFigures(database, clock.wallMs())) {}
    return [await countRows(1), await countRows(10), await countRows(300)]
  }
  assert.deepEqual(await goOn(0), [310, 70, 3])
  assert.deepEqual(await goOn(400_000), [0, 70, 3])
  assert.deepEqual(await goOn(3_700_000), [0, 0, 3])
  assert.deepEqual(await goOn(7 * 86_400_000), [0, 0, 0])
})

test('postgres: the figures of a deleted queue go', async (t) => {
  const { store, queue, countRows } = await databaseFor(t)
  await queue.client('client-a').add('1')
  const { userId, queue: address } = queue
  await store.figures({ userId, queue: address, stepSecs: 1, stepCount: 1 })
  assert.equal(await countRows(300), 1)
  await queue.delete()
  while ((await countRows(300)) > 0) {}
})

test('unsaved figures are rows for each length of step, in the order of time', () => {
  const unsaved = new UnsavedFigures<string>()
  for (const second of [1009, 1001, 1010]) unsaved.add('a', second * 1000 + 999, tallyOf(1))
  const tally = new QueueTally()
  tally.tookHead({ clientKey: 'a', runId: null }, 2, 1_400_500, 1_011_000)
  unsaved.add('a', 1_011_000, tally)
  const rows = unsaved
    .take('a')!
    .rows.map(({ stepSecs, at, added, ran_out }) => [stepSecs, at, added, ran_out])
  assert.deepEqual(rows, [
    [1, 1001, 1, 0],
    [1, 1009, 1, 0],
    [1, 1010, 1, 0],
    [1, 1011, 0, 0],
    [1, 1400, 0, 2],
    [10, 1000, 2, 0],
    [10, 1010, 1, 0],
    [10, 1400, 0, 2],
    [300, 900, 3, 0],
    [300, 1200, 0, 2],
  ])
  assert.equal(unsaved.take('a'), null)
})
