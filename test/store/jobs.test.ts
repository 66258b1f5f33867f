/** Actions and forks that take more than one step, and the jobs that go on with them (14.5, 14.6). */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { content, refuses, TestQueue } from '../../harness/conversation.ts'
import { openTemporaryPostgresStore, openTemporarySqliteStore, type TestStore } from '../../harness/stores.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { everyRequest } from '../../src/domain/insight/request-filter.ts'
import type { Selection } from '../../src/store/params/jobs.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import type { Store } from '../../src/store/store.ts'

const stepSize = { ...sqliteStepSize, requests: 3 }
const keys = Array.from({ length: 20 }, (_, index) => `page-${String(index).padStart(2, '0')}`)
const all: Selection = { all: true }
const named: Selection = { requestIds: keys.map(requestIdOf) }
const dayMs = 86_400_000

interface Scene {
  readonly opened: TestStore
  readonly store: Store
  readonly userId: string
  readonly queue: TestQueue
}

async function begin(t: TestContext, open: () => Promise<TestStore>): Promise<Scene> {
  const opened = await open()
  t.after(() => opened.discard())
  const { store } = opened
  const { id: userId } = await store.ensureUser({ username: 'alice' })
  const { queue } = await store.getOrCreateQueue({ userId, name: 'source' })
  const source = new TestQueue(store, userId, { queueId: queue.id })
  await source.client('a').addContents(keys.map((key) => content(key)))
  return { opened, store, userId, queue: source }
}

/** Answers at once with a job. */
async function start(
  { store, userId, queue }: Scene,
  name: 'markHandled' | 'delete' | 'forefront',
  selection: Selection,
): Promise<string> {
  const action = { name, keepsErrors: false, availableAt: null }
  const params = { userId, queue: queue.queue, action, selection, isDryRun: false, answerWithinMs: 0 }
  const outcome = await store.actOnRequests(params)
  assert.ok('jobId' in outcome, JSON.stringify(outcome))
  return outcome.jobId
}

async function finish(store: Store): Promise<void> {
  while (await store.continueJobs()) {}
}

for (const [kind, open] of [
  ['the embedded store', () => openTemporarySqliteStore(stepSize)],
  ['PostgreSQL', () => openTemporaryPostgresStore(stepSize)],
] as const) {
  for (const [how, selection] of [
    ['all requests', all],
    ['named requests', named],
    ['what a filter chooses', { filter: { ...everyRequest, states: ['available'], url: '/page' } }],
  ] as const) {
    test(`14.5 on ${kind} a job acts on ${how}, step by step`, async (t) => {
      const scene = await begin(t, open)
      const { store, userId, queue } = scene
      const jobId = await start(scene, 'markHandled', selection)
      const first = await store.getJob({ userId, jobId })
      assert.deepEqual([first.state, first.matched, first.done], ['running', 3, 3])
      assert.equal((await queue.counts()).handled, 3)
      await store.continueJobs()
      const second = await store.getJob({ userId, jobId })
      assert.deepEqual([second.state, second.matched, second.done], ['running', 6, 6])
      assert.ok(second.total >= 6)
      await finish(store)
      const last = await store.getJob({ userId, jobId })
      assert.deepEqual([last.state, last.matched, last.done, last.total], ['done', 20, 20, 20])
      assert.deepEqual(await queue.counts(), { total: 20, handled: 20, pending: 0 })
      assert.deepEqual(
        (await store.listJobs({ userId, limit: 10 })).map(({ id }) => id),
        [jobId],
      )
      assert.deepEqual(await store.check(), [])
    })
  }

  test(`14.5 on ${kind} named requests are done in their order, over all steps`, async (t) => {
    const scene = await begin(t, open)
    await start(scene, 'forefront', named)
    await finish(scene.store)
    assert.deepEqual(await scene.queue.client('a').head(), keys.toReversed())
  })

  test(`14.5 on ${kind} a job is stopped, and what it did stays`, async (t) => {
    const scene = await begin(t, open)
    const { store, userId, queue } = scene
    const jobId = await start(scene, 'delete', all)
    await store.stopJob({ userId, jobId })
    await finish(store)
    const { state, done, endedAt } = await store.getJob({ userId, jobId })
    assert.deepEqual([state, done], ['stopped', 3])
    assert.notEqual(endedAt, null)
    assert.equal((await queue.counts()).total, 17)
    await store.stopJob({ userId, jobId })
    assert.equal((await store.getJob({ userId, jobId })).state, 'stopped')
  })

  test(`14.5 on ${kind} a job goes on after a restart`, async (t) => {
    const scene = await begin(t, open)
    const { opened, userId, queue } = scene
    const jobId = await start(scene, 'delete', all)
    const store = await opened.reopen!()
    assert.equal((await store.getJob({ userId, jobId })).state, 'running')
    await finish(store)
    assert.equal((await store.getJob({ userId, jobId })).done, 20)
    const found = new TestQueue(store, userId, queue.queue)
    assert.deepEqual(await found.counts(), { total: 0, handled: 0, pending: 0 })
  })

  test(`14.5 on ${kind} several that go on with one job do each request once`, async (t) => {
    const scene = await begin(t, open)
    const { store, userId } = scene
    const jobs = [await start(scene, 'markHandled', all), await start(scene, 'forefront', all)]
    await Promise.all([finish(store), finish(store), finish(store)])
    const [handled] = await Promise.all(jobs.map((jobId) => store.getJob({ userId, jobId })))
    assert.deepEqual([handled!.state, handled!.matched, handled!.done], ['done', 20, 20])
    assert.deepEqual(await store.check(), [])
  })

  test(`14.5 on ${kind} nobody else sees a job, and it goes with its queue`, async (t) => {
    const scene = await begin(t, open)
    const { store, userId, queue } = scene
    const jobId = await start(scene, 'delete', all)
    const { id: other } = await store.ensureUser({ username: 'bob' })
    await refuses(store.getJob({ userId: other, jobId }), 'jobNotFound')
    await refuses(store.stopJob({ userId: other, jobId }), 'jobNotFound')
    assert.deepEqual(await store.listJobs({ userId: other, limit: 10 }), [])
    await queue.delete()
    assert.equal(await store.continueJobs(), false)
    await refuses(store.getJob({ userId, jobId }), 'jobNotFound')
  })

  test(`14.5 on ${kind} a job can be seen for a day after its end`, async (t) => {
    const scene = await begin(t, open)
    const { store, userId, opened } = scene
    const jobId = await start(scene, 'markHandled', all)
    await finish(store)
    opened.clock.advance(dayMs - 1)
    await store.continueJobs()
    assert.equal((await store.getJob({ userId, jobId })).state, 'done')
    opened.clock.advance(1)
    const later = await opened.reopen!()
    await later.continueJobs()
    await refuses(later.getJob({ userId, jobId }), 'jobNotFound')
  })

  test(`14.6 on ${kind} a large fork is a job, and others use both queues meanwhile`, async (t) => {
    const scene = await begin(t, open)
    const { store, userId, queue, opened } = scene
    const a = queue.client('a')
    const fork = { userId, queue: queue.queue, name: 'copy', selection: all, answerWithinMs: 0 }
    const { queue: made, jobId } = await store.forkQueue(fork)
    assert.ok(jobId !== null)
    const copy = new TestQueue(store, userId, { queueId: made.id })
    const before = (await copy.counts()).total
    assert.ok(before > 0 && before < 20, `${before} are copied`)
    opened.clock.advance(1000)
    const [late] = (await copy.client('x').list()).items.map(({ uniqueKey }) => uniqueKey)
    const missing = keys.filter((key) => key !== late)
    await copy.client('x').add('own')
    await a.finish(missing.at(-1)!, opened.clock.wallMs())
    await finish(store)
    assert.equal((await store.getJob({ userId, jobId })).state, 'done')
    assert.deepEqual((await copy.client('x').head()).toSorted(), [...keys, 'own'].toSorted())
    assert.deepEqual(await copy.counts(), { total: 21, handled: 0, pending: 21 })
    assert.deepEqual(await store.check(), [])
  })

  test(`14.6 on ${kind} a fork in many steps has the order of its source`, async (t) => {
    const { store, userId, queue } = await begin(t, open)
    const fork = { userId, queue: queue.queue, name: 'copy', selection: all, answerWithinMs: 60_000 }
    const { queue: made, jobId } = await store.forkQueue(fork)
    assert.equal(jobId, null)
    assert.equal(made.totalRequestCount, 20)
    const copy = new TestQueue(store, userId, { queueId: made.id })
    assert.deepEqual(await copy.client('x').head(), keys)
  })

  test(`14.6 on ${kind} a fork whose source is deleted says so`, async (t) => {
    const { store, userId, queue } = await begin(t, open)
    const fork = { userId, queue: queue.queue, name: 'copy', selection: all, answerWithinMs: 0 }
    const { queue: made, jobId } = await store.forkQueue(fork)
    await queue.delete()
    await finish(store)
    const { state, problem } = await store.getJob({ userId, jobId: jobId! })
    assert.deepEqual([state, problem], ['failed', 'The queue that it copied from was deleted.'])
    const copy = new TestQueue(store, userId, { queueId: made.id })
    assert.ok((await copy.counts()).total < 20)
  })
}
