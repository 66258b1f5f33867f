/** Actions in many steps give the order that they give in one (3.5, 14.5), also over a restart. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import { openTemporaryPostgresStore, openTemporarySqliteStore, type TestStore } from '../../harness/stores.ts'
import type { ActionName } from '../../src/domain/actions/actions.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import { everyRequest } from '../../src/domain/insight/request-filter.ts'
import type { Selection } from '../../src/store/params/jobs.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import type { Store } from '../../src/store/store.ts'

const inOneStep = { ...sqliteStepSize, requests: 200 }
/** So few are put in order at once that it takes several walks through the queue. */
const inManySteps = { ...sqliteStepSize, requests: 3, inOrder: 7 }
const keys = Array.from({ length: 15 }, (_, index) => `page-${String(index).padStart(2, '0')}`)
const fronts = Array.from({ length: 10 }, (_, index) => `front-${index}`)
const done = Array.from({ length: 8 }, (_, index) => `done-${index}`)
const delayMs = 5000

interface Scene {
  readonly opened: TestStore
  readonly userId: string
  queue: TestQueue
}

/** A queue with requests on both sides, handled ones, locked ones, and ones whose locks have run out. */
async function begin(t: TestContext, opened: TestStore): Promise<Scene> {
  t.after(() => opened.discard())
  const { store, clock } = opened
  const { id: userId } = await store.ensureUser({ username: 'alice' })
  const { queue: made } = await store.getOrCreateQueue({ userId, name: 'source' })
  const queue = new TestQueue(store, userId, { queueId: made.id })
  const [a, b] = [queue.client('a'), queue.client('b')]
  const handledAt = clock.wallMs()
  // Two were handled at the same moment. The clock of a client may be ahead.
  const ofHandled = (key: string, index: number) =>
    content(key, { handledAt: handledAt + 10 * ((index * 3) % 7) })
  await a.addContents(done.map(ofHandled))
  await a.add(...keys)
  clock.advance(100)
  await b.lock(1, 4)
  await a.addForefront(...fronts)
  await a.lock(1, 3)
  clock.advance(2000)
  await b.lock(60, 5)
  await b.prolong(fronts[9]!, 90)
  await a.lock(30, 6)
  await b.lock(3, 4)
  clock.advance(100)
  return { opened, userId, queue }
}

const all: Selection = { all: true }
const chosen: Selection = { filter: { ...everyRequest, states: null, retryCountMin: 0, url: '-' } }
const named: Selection = { requestIds: [...keys, ...fronts, ...done].toReversed().map(requestIdOf) }

async function act(
  { opened, userId, queue }: Scene,
  store: Store,
  name: ActionName,
  selection: Selection,
  answerWithinMs: number,
) {
  const availableAt = name === 'schedule' ? opened.clock.wallMs() + delayMs : null
  const action = { name, keepsErrors: false, availableAt }
  return store.actOnRequests({
    userId,
    queue: queue.queue,
    action,
    selection,
    isDryRun: false,
    answerWithinMs,
  })
}

/** The keys in the order in which they are handed out, when all locks and delays have ended. */
async function order({ opened: { clock }, userId, queue }: Scene, store: Store): Promise<string[]> {
  const client = new TestQueue(store, userId, queue.queue).client('last')
  const head = await client.head()
  clock.advance(delayMs)
  const later = await client.head()
  clock.advance(100_000)
  return [...head, '|', ...later, '|', ...(await client.head())]
}

for (const [kind, open] of [
  ['the embedded store', openTemporarySqliteStore],
  ['PostgreSQL', openTemporaryPostgresStore],
] as const) {
  for (const name of ['unlock', 'giveBack', 'forefront', 'schedule'] as const) {
    for (const [how, selection] of [
      ['all requests', all],
      ['what a filter chooses', chosen],
      ['named requests', named],
    ] as const) {
      test(`14.5 on ${kind} ${name} in many steps gives the order of one step: ${how}`, async (t) => {
        const one = await begin(t, await open(inOneStep))
        const outcome = await act(one, one.opened.store, name, selection, 60_000)
        const inOrder = await order(one, one.opened.store)

        const many = await begin(t, await open(inManySteps))
        assert.deepEqual(await act(many, many.opened.store, name, selection, 60_000), outcome)
        assert.deepEqual(await order(many, many.opened.store), inOrder)

        const job = await begin(t, await open(inManySteps))
        const started = await act(job, job.opened.store, name, selection, 0)
        assert.ok('jobId' in started)
        const { jobId } = started
        let store = job.opened.store
        let [steps, isRunning] = [0, true]
        while (isRunning) {
          if (steps++ % 4 === 0) store = await job.opened.reopen!()
          isRunning = await store.continueJobs()
        }
        const { userId } = job
        const { state, matched, done: changed } = await store.getJob({ userId, jobId })
        assert.deepEqual([state, { matched, done: changed }], ['done', outcome])
        assert.deepEqual(await order(job, store), inOrder)
        assert.deepEqual(await store.check(), [])
      })
    }
  }

  test(`14.6 on ${kind} a fork in many steps has the order of its beginning`, async (t) => {
    const one = await begin(t, await open(inOneStep))
    const fork = { queue: one.queue.queue, name: 'copy', selection: all }
    const copied = await one.opened.store.forkQueue({ ...fork, userId: one.userId, answerWithinMs: 60_000 })
    one.queue = new TestQueue(one.opened.store, one.userId, { queueId: copied.queue.id })
    const inOrder = await order(one, one.opened.store)

    const many = await begin(t, await open(inManySteps))
    const { store, clock } = many.opened
    const asked = { ...fork, userId: many.userId, queue: many.queue.queue, answerWithinMs: 0 }
    const { queue: made, jobId } = await store.forkQueue(asked)
    assert.notEqual(jobId, null)
    // All locks of the source end.
    clock.advance(90_000)
    while (await store.continueJobs()) {}
    many.queue = new TestQueue(store, many.userId, { queueId: made.id })
    assert.deepEqual(await order(many, store), inOrder)
  })

  test(`14.5 on ${kind} what gets a new place while a job runs keeps it`, async (t) => {
    const scene = await begin(t, await open(inManySteps))
    const { store, clock } = scene.opened
    const b = scene.queue.client('b')
    const started = await act(scene, store, 'forefront', all, 0)
    assert.ok('jobId' in started)
    clock.advance(10)
    // The one that the job would meet last.
    await b.deleteLock('front-8', 'end')
    await b.add('new')
    while (await store.continueJobs()) {}
    const job = await store.getJob({ userId: scene.userId, jobId: started.jobId })
    // It found all, and has not moved that one, nor the handled ones.
    assert.deepEqual([job.matched, job.done, job.total], [33, 33 - 1 - done.length, 33])
    const head = await b.head()
    assert.deepEqual(head.slice(-2), ['front-8', 'new'])
  })

  test(`14.5 on ${kind} actions on the same requests say how many they found, and do what they still can`, async (t) => {
    const scene = await begin(t, await open(inManySteps))
    const names = ['schedule', 'forefront', 'giveBack', 'forefront'] as const
    const outcomes = await Promise.all(
      names.map((name) => act(scene, scene.opened.store, name, chosen, 60_000)),
    )
    for (const [index, outcome] of outcomes.entries()) {
      assert.ok('matched' in outcome)
      assert.equal(outcome.matched, 33, names[index])
      assert.ok(outcome.done <= outcome.matched, names[index])
    }
  })

  test(`14.5 on ${kind} a job whose requests all move meanwhile says how many it found`, async (t) => {
    const scene = await begin(t, await open(inManySteps))
    const { store } = scene.opened
    const started = await act(scene, store, 'schedule', chosen, 0)
    assert.ok('jobId' in started)
    const before = await store.getJob({ userId: scene.userId, jobId: started.jobId })
    await act(scene, store, 'forefront', all, 60_000)
    while (await store.continueJobs()) {}
    const {
      state,
      matched,
      done: changed,
    } = await store.getJob({ userId: scene.userId, jobId: started.jobId })
    assert.deepEqual([state, matched], ['done', 33])
    // The handled ones get no place from `forefront`, and `schedule` leaves them alone.
    assert.equal(changed, before.done)
  })

  test(`14.5 on ${kind} several that go on with one job in order do each request once`, async (t) => {
    const scene = await begin(t, await open(inManySteps))
    const { store } = scene.opened
    const started = await act(scene, store, 'giveBack', all, 0)
    assert.ok('jobId' in started)
    const finish = async () => {
      while (await store.continueJobs()) {}
    }
    await Promise.all([finish(), finish(), finish()])
    const { matched, done: changed } = await store.getJob({ userId: scene.userId, jobId: started.jobId })
    assert.deepEqual([matched, changed], [33, 33])
  })
}
