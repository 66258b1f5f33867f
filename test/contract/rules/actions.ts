import assert from 'node:assert/strict'
import { content, refuses, TestQueue } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import type { Action } from '../../../src/domain/actions/actions.ts'
import { verdictOf } from '../../../src/domain/history/verdict.ts'
import { requestIdOf } from '../../../src/domain/identity.ts'
import { everyRequest, noRun } from '../../../src/domain/insight/request-filter.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'
import type { ActionOutcome, Selection, StoredFilter } from '../../../src/store/params/jobs.ts'

const errors = '"errorMessages":["no answer"],"userData":{"label":"A"}'

/** Rule 14.5. */
export function actionRules(rule: Rule): void {
  rule('14.5 giveBack: pending at the end, without errors, tried never', async ({ queue, a, b, clock }) => {
    await a.add('1', '2')
    await a.update('1', { handledAt: clock.wallMs(), retryCount: 3, otherFields: errors })
    await b.add('3')
    assert.deepEqual(await act(queue, 'giveBack', ['1', '2', 'unknown']), { matched: 2, done: 2 })
    assert.deepEqual(await a.head(), ['3', '1', '2'])
    const { retryCount, handledAt, otherFields } = await a.get('1')
    assert.deepEqual([retryCount, handledAt], [0, null])
    assert.equal(otherFields, '"errorMessages":[],"userData":{"label":"A"}')
    assert.deepEqual(await queue.counts(), { total: 3, handled: 0, pending: 3 })
  })

  rule('14.5 giveBack with keepErrors leaves the errors', async ({ queue, a, clock }) => {
    await a.update('1', { handledAt: clock.wallMs(), retryCount: 3, otherFields: errors })
    await act(queue, 'giveBack', ['1'], { keepsErrors: true })
    const { retryCount, otherFields } = await a.get('1')
    assert.deepEqual([retryCount, otherFields], [0, errors])
  })

  rule('14.5 markHandled, and what is handled stays so', async ({ queue, a, b, clock }) => {
    await a.add('1', '2', '3')
    await a.finish('1', clock.wallMs())
    await b.lock(60, 1)
    clock.advance(1000)
    assert.deepEqual(await act(queue, 'markHandled', ['1', '2', '3']), { matched: 3, done: 2 })
    assert.deepEqual(await queue.counts(), { total: 3, handled: 3, pending: 0 })
    assert.equal((await a.get('1')).handledAt, clock.wallMs() - 1000)
    assert.equal((await a.get('2')).handledAt, clock.wallMs())
    await refuses(b.prolong('2', 60), 'requestHandled')
    assert.equal((await a.lockHead(60)).queueHasLockedRequests, false)
  })

  rule('14.5 delete: whoever holds it, and its next call finds nothing', async ({ queue, a, b }) => {
    await a.add('1', '2', '3')
    assert.deepEqual(await b.lock(60, 1), ['1'])
    assert.deepEqual(await act(queue, 'delete', ['1', '3']), { matched: 2, done: 2 })
    await refuses(b.prolong('1', 60), 'requestNotFound')
    assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
    assert.equal((await queue.view()).stats.deleteCount, 2)
  })

  rule('14.5 unlock: available at once, in the order they had, and only what is locked', async (scene) => {
    const { queue, a, b, clock } = scene
    await a.add('1', '2', '3', '4')
    await a.addForefront('0')
    assert.deepEqual(await b.lock(60, 3), ['0', '1', '2'])
    assert.deepEqual(await scene.queue.client('c').lock(1, 1), ['3'])
    clock.advance(1000)
    const keys = ['2', '0', '1', '3', '4']
    assert.deepEqual(await act(queue, 'unlock', keys), { matched: 5, done: 3 })
    assert.deepEqual(await a.head(), ['0', '4', '3', '1', '2'])
    await refuses(b.prolong('1', 60), 'lockNotHeld')
    assert.deepEqual(await act(queue, 'unlock', keys), { matched: 5, done: 0 })
  })

  rule('14.5 forefront: before everything, also after the lock that it has', async (scene) => {
    const { queue, a, b, clock } = scene
    await a.add('1', '2', '3', '4')
    await a.finish('4', clock.wallMs())
    assert.deepEqual(await b.lock(10, 1), ['1'])
    assert.deepEqual(await act(queue, 'forefront', ['3', '1', '4']), { matched: 3, done: 2 })
    assert.deepEqual(await a.head(), ['3', '2'])
    assert.equal(await b.prolong('1', 10), clock.wallMs() + 10_000)
    await b.deleteLock('1', 'forefront')
    assert.deepEqual(await a.head(), ['1', '3', '2'])
    await b.lock(10, 1)
    await act(queue, 'forefront', ['1', '2'])
    clock.advance(10_000)
    assert.deepEqual(await a.head(), ['1', '2', '3'])
  })

  rule('14.5 schedule: not before that moment, whoever holds it', async ({ queue, a, b, clock }) => {
    await a.add('1', '2', '3')
    await a.finish('3', clock.wallMs())
    assert.deepEqual(await b.lock(60, 1), ['1'])
    const availableAt = clock.wallMs() + 5000
    assert.deepEqual(await act(queue, 'schedule', ['1', '3'], { availableAt }), { matched: 2, done: 1 })
    assert.deepEqual(await a.lock(60), ['2'])
    const { items, queueHasLockedRequests } = await a.lockHead(60)
    assert.deepEqual([items, queueHasLockedRequests], [[], true])
    await refuses(b.prolong('1', 60), 'lockNotHeld')
    clock.advance(5000)
    assert.deepEqual(await b.lock(60), ['1'])
    await act(queue, 'schedule', ['1'], { availableAt: clock.wallMs() - 1 })
    assert.deepEqual(await a.head(), ['1'])
  })

  rule('14.5 forefront makes what is scheduled available', async ({ queue, a }) => {
    await a.addContents([content('1', { wishes: { delayMs: 60_000 } })])
    await act(queue, 'forefront', ['1'])
    assert.deepEqual(await a.lock(60), ['1'])
  })

  rule('14.5 a dry run counts, and changes nothing', async ({ queue, a, b }) => {
    await a.add('1', '2')
    await b.lock(60, 1)
    const before = await queue.view()
    for (const name of ['giveBack', 'markHandled', 'delete', 'unlock', 'forefront'] as const) {
      const outcome = await act(queue, name, ['1', '2', 'unknown'], {}, true)
      assert.deepEqual(outcome, { matched: 2, done: 0 }, name)
    }
    assert.deepEqual(await queue.view(), before)
    assert.deepEqual(await a.head(), ['2'])
  })

  rule('14.5 on all requests; times and statistics move, clients do not', async ({ queue, a, clock }) => {
    await a.add('1', '2', '3')
    await a.finish('2', clock.wallMs())
    const { stats } = await queue.view()
    clock.advance(1000)
    assert.deepEqual(await act(queue, 'giveBack', 'all'), { matched: 3, done: 3 })
    const view = await queue.view()
    assert.equal(view.modifiedAt, clock.wallMs())
    assert.equal(view.stats.writeCount, stats.writeCount + 3)
    assert.equal(view.hadMultipleClients, false)
    assert.deepEqual(await a.head(), ['2', '1', '3'])
  })

  rule('14.5 on all requests: they keep their order', async ({ queue, a, b, clock }) => {
    await a.add('1', '2', '3')
    await a.addForefront('f1')
    await a.addForefront('f2')
    await b.lock(60, 3)
    const inOrder = ['f2', 'f1', '1', '2', '3']
    await act(queue, 'giveBack', 'all')
    assert.deepEqual(await a.head(), inOrder)
    await b.lock(60, 2)
    await act(queue, 'forefront', 'all')
    await act(queue, 'unlock', 'all')
    assert.deepEqual(await a.head(), inOrder)
    await act(queue, 'schedule', 'all', { availableAt: clock.wallMs() + 1000 })
    clock.advance(1000)
    assert.deepEqual(await a.lock(60), inOrder)
  })

  rule('14.5 on what a filter chooses', async ({ queue, a, b, clock }) => {
    const handledAt = clock.wallMs()
    await a.add('1', '2', '3', '4', '5')
    await a.update('4', { handledAt, retryCount: 2, otherFields: errors })
    await a.finish('5', handledAt)
    assert.deepEqual(await b.lock(60, 1), ['1'])
    assert.deepEqual(await queue.client('c').lock(60, 1), ['2'])
    const chosen = (filter: Partial<StoredFilter>) => ({
      filter: { ...everyRequest, states: null, ...filter },
    })
    const on = (name: Action['name'], filter: Partial<StoredFilter>) => act(queue, name, chosen(filter))
    assert.deepEqual(await on('unlock', { client: 'client-b' }), { matched: 1, done: 1 })
    assert.deepEqual(await a.head(), ['3', '1'])
    assert.deepEqual(await on('giveBack', { states: ['failed'], error: 'answer' }), { matched: 1, done: 1 })
    assert.deepEqual(await a.head(), ['3', '1', '4'])
    assert.deepEqual(await on('delete', { states: ['handled'] }), { matched: 1, done: 1 })
    assert.deepEqual(await on('markHandled', { states: ['available'], label: 'A' }), { matched: 1, done: 1 })
    assert.deepEqual(await on('forefront', { url: '/1' }), { matched: 1, done: 1 })
    assert.deepEqual(await on('schedule', { states: ['scheduled'] }), { matched: 0, done: 0 })
    assert.deepEqual(await on('delete', { states: ['locked'] }), { matched: 1, done: 1 })
    assert.deepEqual(await on('delete', { host: 'other.test' }), { matched: 0, done: 0 })
    assert.deepEqual(await on('delete', { retryCountMin: 1 }), { matched: 0, done: 0 })
    assert.deepEqual(await a.head(), ['1', '3'])
    const fork = await forked(queue, 'copy', chosen({ url: '/3' }))
    assert.deepEqual(await fork.client('x').head(), ['3'])
  })

  rule('14.5 on what one run holds, and not another with the same client key', async ({ queue, a, b }) => {
    const chosen = (filter: Partial<StoredFilter>) => ({
      filter: { ...everyRequest, states: null, ...filter },
    })
    await b.add('1', '2', '3')
    await a.lock(60, 1)
    await queue.client('client-a', 'run-1').lock(60, 1)
    await queue.client('client-a', 'run-2').lock(60, 1)
    const unlock = (run: string) => act(queue, 'unlock', chosen({ client: 'client-a', run }))
    assert.deepEqual(await unlock('run-1'), { matched: 1, done: 1 })
    assert.deepEqual(await b.head(), ['2'])
    assert.deepEqual(await unlock(noRun), { matched: 1, done: 1 })
    assert.deepEqual(await b.head(), ['2', '1'])
    assert.deepEqual(await unlock(noRun), { matched: 0, done: 0 })
  })

  rule(
    '14.5 with rules: places, locks and priorities count in the groups',
    async ({ queue, a, b, clock }) => {
      await put(queue, {
        rules: [{ hosts: '*', concurrency: 1 }],
        priorities: [{ label: 'A', priority: 5 }],
      })
      await a.add('1', '2')
      await a.addContents([content('3', { handledAt: clock.wallMs(), otherFields: errors })])
      assert.deepEqual(await b.lock(60), ['1'])
      assert.deepEqual(await a.lock(60), [])
      await act(queue, 'unlock', ['1'])
      assert.deepEqual(await b.lock(60), ['2'])
      await act(queue, 'giveBack', ['3'])
      await act(queue, 'markHandled', ['2'])
      assert.deepEqual(await a.lock(60), ['3'])
      await act(queue, 'delete', ['3'])
      assert.deepEqual(await a.lock(60), ['1'])
      await act(queue, 'schedule', ['1'], { availableAt: clock.wallMs() + 1000 })
      await a.add('4')
      await act(queue, 'forefront', ['4'])
      assert.deepEqual(await a.lock(60), ['4'])
      await act(queue, 'giveBack', ['4'])
      clock.advance(1000)
      assert.deepEqual(await a.lock(60), ['4'])
    },
  )

  rule('14.5 with revisits: marked handled, it comes again', async ({ store, queue, a, clock }) => {
    await put(queue, { revisit: [{ hosts: '*', afterSecs: 60 }] })
    await a.add('1')
    await act(queue, 'markHandled', ['1'])
    clock.advance(60_000)
    while (await store.revisitRequests()) {}
    assert.deepEqual(await a.lock(60), ['1'])
    await act(queue, 'markHandled', ['1'])
    await act(queue, 'giveBack', ['1'])
    assert.deepEqual(await a.lock(60), ['1'])
    clock.advance(50_000)
    assert.equal(await store.revisitRequests(), false)
  })

  rule('14.5 the history names no client', async ({ queue, a, clock }) => {
    await put(queue, { history: true })
    await a.add('1')
    await a.lock(60)
    await act(queue, 'unlock', ['1'])
    await act(queue, 'forefront', ['1'])
    await act(queue, 'markHandled', ['1'])
    await act(queue, 'giveBack', ['1'])
    await act(queue, 'schedule', ['1'], { availableAt: clock.wallMs() + 1000 })
    const { userId, store, queue: address } = queue
    const { events } = await store.getRequestHistory({ userId, queue: address, requestId: requestIdOf('1') })
    assert.deepEqual(
      events.map(({ event, clientKey }) => `${event} ${clientKey}`),
      [
        'added client-a',
        'locked client-a',
        'givenBack null',
        'handled null',
        'reopened null',
        'givenBack null',
      ],
    )
  })

  rule('14.5 the history says that forefront makes what is scheduled available', async (scene) => {
    const { queue, a, clock } = scene
    await put(queue, { history: true })
    await a.add('1')
    const later = new Date(clock.wallMs() + 60_000).toISOString()
    await act(queue, 'schedule', ['1'], { availableAt: clock.wallMs() + 60_000 })
    const verdict = async () => {
      const { userId, store, queue: address } = queue
      const history = await store.getRequestHistory({ userId, queue: address, requestId: requestIdOf('1') })
      return verdictOf(history)
    }
    assert.ok((await verdict()).endsWith(`, not to be handed out before ${later}.`))
    clock.advance(1000)
    const now = new Date(clock.wallMs()).toISOString()
    await act(queue, 'forefront', ['1'])
    const waits = `It was never handed out, and it waits since the owner of the queue gave it back at ${now}.`
    assert.equal(await verdict(), waits)
    await act(queue, 'forefront', ['1'])
    assert.equal(await verdict(), waits)
  })

  rule('14.5 only in a queue of the caller', async (scene) => {
    const { id } = await scene.store.ensureUser({ username: 'bob' })
    await scene.a.add('1')
    await refuses(
      scene.store.actOnRequests({ ...asked(scene.queue, 'delete', ['1']), userId: id }),
      'queueNotFound',
    )
    await scene.queue.delete()
    await refuses(act(scene.queue, 'delete', ['1']), 'queueNotFound')
  })
}

/** Rule 14.6. */
export function forkRules(rule: Rule): void {
  rule('14.6 a fork has copies, pending, in order, tried never', async ({ queue, a, b, clock }) => {
    await a.add('1', '2', '3', '4')
    await a.addForefront('f1')
    await a.addForefront('f2')
    await a.addContents([content('later', { wishes: { delayMs: 60_000 } })])
    clock.advance(1000)
    await a.update('2', { handledAt: clock.wallMs(), retryCount: 2, otherFields: errors })
    assert.deepEqual(await b.lock(60, 3), ['f2', 'f1', '1'])
    clock.advance(1000)
    await a.add('5')
    clock.advance(1000)
    const fork = await forked(queue, 'Copy')
    assert.deepEqual(await fork.client('x').head(), ['f2', 'f1', '1', '3', '4', '2', '5', 'later'])
    const { retryCount, handledAt, otherFields, lockExpiresAt } = await fork.get('2')
    assert.deepEqual([retryCount, handledAt, lockExpiresAt], [0, null, null])
    assert.equal(otherFields, '"errorMessages":[],"userData":{"label":"A"}')
    assert.deepEqual(await fork.counts(), { total: 8, handled: 0, pending: 8 })
    assert.equal((await fork.view()).name, 'Copy')
    assert.deepEqual(await queue.counts(), { total: 8, handled: 1, pending: 7 })
    assert.equal((await a.get('1')).lockByClient, 'client-b')
  })

  rule('14.6 a fork is a queue like any other', async ({ queue, a }) => {
    await a.add('1', '2')
    const fork = await forked(queue, 'copy')
    const x = fork.client('x')
    await x.add('3', '1')
    await x.addForefront('0')
    assert.deepEqual(await x.lock(60), ['0', '1', '2', '3'])
    await x.finish('1')
    assert.deepEqual(await a.head(), ['1', '2'])
    assert.deepEqual((await fork.view()).hadMultipleClients, false)
  })

  rule('14.6 only what is selected is copied', async ({ queue, a }) => {
    await a.add('1', '2', '3')
    const fork = await forked(queue, 'copy', ['3', 'unknown', '1'])
    assert.deepEqual(await fork.client('x').head(), ['1', '3'])
  })

  rule('14.6 a name that is taken, or that is none', async ({ queue, a, newQueue }) => {
    await a.add('1')
    await newQueue('Taken')
    await refuses(forked(queue, 'taken'), 'forkNameTaken')
    await refuses(forked(queue, 'no name'), 'queueNameInvalid')
    await queue.delete()
    await refuses(forked(queue, 'free'), 'queueNotFound')
  })

  rule('14.6 priorities that requests ask for are copied', async ({ queue, a }) => {
    const asking = (priority: number) => ({
      otherFields: `"userData":{"headlock":{"priority":${priority}}}`,
      wishes: { priority },
    })
    await a.addContents([content('1'), content('2', asking(5)), content('3', asking(-5))])
    const fork = await forked(queue, 'copy')
    assert.deepEqual(await fork.client('x').lock(60), ['2', '1', '3'])
  })
}

const plain = { keepsErrors: false, availableAt: null }

function asked(
  { userId, queue }: TestQueue,
  action: Action['name'],
  keys: Chosen,
  more: Partial<Action> = {},
  isDryRun = false,
) {
  return {
    userId,
    queue,
    action: { ...plain, name: action, ...more },
    selection: selectionOf(keys),
    isDryRun,
    answerWithinMs: 60_000,
  }
}

type Chosen = readonly string[] | 'all' | { readonly filter: StoredFilter }

function selectionOf(keys: Chosen): Selection {
  if (keys === 'all') return { all: true }
  // A list has a method of that name.
  return Object.hasOwn(keys, 'filter')
    ? (keys as { filter: StoredFilter })
    : { requestIds: (keys as readonly string[]).map(requestIdOf) }
}

function act(queue: TestQueue, ...rest: DropFirst<Parameters<typeof asked>>): Promise<ActionOutcome> {
  return queue.store.actOnRequests(asked(queue, ...rest))
}

type DropFirst<List extends unknown[]> = List extends [unknown, ...infer Rest] ? Rest : never

async function forked(
  { store, userId, queue }: TestQueue,
  newName: string,
  keys: Chosen = 'all',
): Promise<TestQueue> {
  const selection = selectionOf(keys)
  const fork = { userId, queue, name: newName, selection, answerWithinMs: 60_000 }
  const { queue: made, jobId } = await store.forkQueue(fork)
  assert.equal(jobId, null)
  return new TestQueue(store, userId, { queueId: made.id })
}

function put({ store, userId, queue: address }: TestQueue, document: object) {
  return store.putPolicy({ userId, queue: address, document, policy: policyOf(document), version: null })
}
