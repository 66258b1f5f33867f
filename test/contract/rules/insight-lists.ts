import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import type { PolicyDocument } from '../../../harness/model/policy-document.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'
import type { RequestContent } from '../../../src/domain/request.ts'
import type {
  ClientPage,
  ClientView,
  HostPage,
  HostView,
  ListHosts,
} from '../../../src/store/params/insight.ts'

/** 14.2 and 14.4: hosts, and what requests failed with. */
export function insightListRules(rule: Rule, durableRule: Rule): void {
  rule('14.4 failures are grouped by what their last errors have in common, most first', async (scene) => {
    const { a, b, clock, store, queue } = scene
    const address = { userId: queue.userId, queue: queue.queue }
    const failed = (key: string, ...errors: string[]) =>
      content(key, {
        handledAt: clock.wallMs(),
        otherFields: `"userData":{},"errorMessages":${JSON.stringify(errors)}`,
      })
    const timeout = (secs: number) => `Navigation timed out after ${secs} seconds\n    at page.js:${secs}`
    await a.addContents([
      failed('1', timeout(30)),
      failed('2', 'Request blocked: 403', timeout(60)),
      failed('3', timeout(60), 'Request blocked: 403'),
      failed('4', 'Request blocked: 429'),
      failed('5', 'Request blocked: 500'),
      failed('6', '\0'),
    ])
    const list = async (limit = 100) => (await store.listFailures({ ...address, limit })).items
    const first = (...keys: string[]) => keys.map((key) => content(key).id).sort()[0]!
    const blocked = { error: 'Request blocked: <number>', count: 3, exampleId: first('3', '4', '5') }
    const late = {
      error: 'Navigation timed out after <number> seconds',
      count: 2,
      exampleId: first('1', '2'),
    }
    assert.deepEqual(await list(), [blocked, late, { error: '\0', count: 1, exampleId: first('6') }])
    assert.deepEqual(await list(1), [blocked])
    await b.update('3')
    await b.delete('4')
    await b.update('5', { handledAt: clock.wallMs() })
    await b.delete('6')
    assert.deepEqual(await list(), [late])
    const bob = await store.ensureUser({ username: 'bob' })
    await refuses(store.listFailures({ userId: bob.id, queue: queue.queue, limit: 1 }), 'queueNotFound')
    await refuses(store.listHosts({ ...all, userId: bob.id, queue: queue.queue }), 'queueNotFound')
  })

  rule('14.2 hosts are shown with their rules, and with what holds them back', async (scene) => {
    const { a, clock, store, queue } = scene
    const address = { userId: queue.userId, queue: queue.queue }
    const rules = [
      { hosts: ['slow.test'], delaySecs: 2.5 },
      { hosts: ['few.test'], concurrency: 2 },
      { hosts: ['off.test'], paused: true },
    ]
    await put(scene, { rules })
    const added = ['few', 'few', 'few', 'slow', 'slow', 'off', 'any', 'done']
    await a.addContents(added.map((host, number) => on(host, number)))
    await a.addContents([on('later', 8, { wishes: { delayMs: 9000 } })])
    await a.lock(10, 4)
    await a.finish('done7')
    await store.setCooldown({ ...address, group: 'cool.test', until: clock.wallMs() + 5000 })
    const now = clock.wallMs()
    const plain = {
      pending: 1,
      locked: 0,
      nextDueAt: now,
      delayMs: 0,
      concurrency: null,
      cooldownUntil: null,
      isPaused: false,
    }
    assert.deepEqual(await hosts(scene, { sort: 'host' }), [
      { ...plain, host: 'any.test', locked: 1, nextDueAt: now + 10_000 },
      { ...plain, host: 'cool.test', pending: 0, nextDueAt: null, cooldownUntil: now + 5000 },
      { ...plain, host: 'few.test', pending: 3, locked: 2, nextDueAt: now + 10_000, concurrency: 2 },
      { ...plain, host: 'later.test', nextDueAt: now + 9000 },
      { ...plain, host: 'off.test', nextDueAt: null, isPaused: true },
      {
        ...plain,
        host: 'slow.test',
        pending: 2,
        locked: 1,
        nextDueAt: now + 12_500,
        delayMs: 2500,
        concurrency: 1,
      },
    ])
  })

  rule('14.2 hosts are counted anew by each of two policies that come at the same moment', async (scene) => {
    await scene.a.addContents([on('www.one', 1), on('one', 2), on('two', 3)])
    await put(scene, { rules: [{ hosts: ['*'] }] })
    const byDomain = { rules: [{ hosts: ['*'] }], groupBy: 'domain' } as const
    await Promise.all([put(scene, byDomain), put(scene, { adaptive: { maxDelaySecs: 8 } })])
    const { userId, queue } = scene.queue
    const { document } = await scene.store.getPolicy({ userId, queue })
    const ofHosts = { 'one.test': 1, 'two.test': 1, 'www.one.test': 1 }
    // Either of them may be the last one.
    const expected = JSON.stringify(document).includes('domain') ? { 'one.test': 2, 'two.test': 1 } : ofHosts
    const counted = (await hosts(scene, {})).map(({ host, pending }) => [host, pending])
    assert.deepEqual(Object.fromEntries(counted), expected)
  })

  rule('14.2 clients are shown with what they hold and what they did', async (scene) => {
    const { a, b, queue, clock } = scene
    const start = clock.wallMs()
    const inRun = queue.client('client-a', 'run-1')
    const nobody = queue.client('nobody')
    await a.add('1', '2', '3', '4', '5', '6')
    assert.deepEqual(await clients(scene), [])
    assert.deepEqual(await a.lock(10, 3), ['1', '2', '3'])
    await b.lock(30, 2)
    await inRun.lock(60, 1)
    clock.advance(1000)
    // It gets nothing, so it is not remembered.
    await nobody.lock(10)
    await a.finish('1')
    await a.deleteLock('2')
    clock.advance(9000)
    // Its lock on `3` has run out.
    await nobody.finish('4')
    const ofA = { clientKey: 'client-a', runId: null, handedOut: 3, handled: 1, ranOut: 1 }
    const ofB = { clientKey: 'client-b', runId: null, handedOut: 2, handled: 1, ranOut: 0 }
    const ofRun = { clientKey: 'client-a', runId: 'run-1', handedOut: 1, handled: 0, ranOut: 0 }
    assert.deepEqual(await clients(scene), [
      { ...ofRun, locked: 1, nextExpiryAt: start + 60_000, lastSeenAt: start },
      { ...ofB, locked: 1, nextExpiryAt: start + 30_000, lastSeenAt: start },
      { ...ofA, locked: 0, nextExpiryAt: null, lastSeenAt: start + 1000 },
    ])
    assert.deepEqual(await clients(scene, 1), await clients(scene))
    // It takes `3` back, and loses it again.
    await a.prolong('3', 1)
    clock.advance(5000)
    const [, , last] = await clients(scene)
    assert.deepEqual(last, { ...ofA, locked: 0, nextExpiryAt: null, ranOut: 2, lastSeenAt: start + 10_000 })
  })

  durableRule('14.2 a restart forgets nothing of clients', async (scene) => {
    await scene.a.add('1', '2')
    await scene.a.lock(10, 1)
    await scene.a.finish('1')
    const before = await clients(scene)
    const after = await scene.reopen!()
    assert.deepEqual(await clients(after), before)
    assert.equal(before[0]!.handled, 1)
  })

  rule('14.2 hosts come in pages, in every order', async (scene) => {
    const { a } = scene
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const withRules of [false, true]) {
      if (withRules) await put(scene, { rules: [{ hosts: ['c.test'], paused: true }] })
      await a.addContents(
        names
          .flatMap((name, index) =>
            Array.from({ length: 1 + (index % 3) }, (_, number) =>
              on(name, number, { id: '', uniqueKey: '' }),
            ),
          )
          .map(({ url }) => content(url, { url })),
      )
      if (!withRules) await a.lock(60, 5)
      for (const sort of ['host', 'pending', 'locked', 'nextDueAt'] as const) {
        for (const desc of [false, true]) {
          const inOne = await hosts(scene, { sort, desc })
          assert.equal(inOne.length, names.length)
          for (const limit of [1, 4]) assert.deepEqual(await hosts(scene, { sort, desc, limit }), inOne)
          const values = inOne.map((view) => (sort === 'host' ? view.host : (view[sort] ?? Number.MAX_VALUE)))
          const sorted = [...values].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0))
          assert.deepEqual(values, desc ? sorted.reverse() : sorted, `${sort} ${desc}`)
        }
      }
    }
  })

  rule('14.2 pages by nextDueAt have each host once while time passes', async (scene) => {
    const { a, clock, queue } = scene
    await a.addContents(['a', 'b', 'c', 'd'].map((name) => on(name, 1)))
    const { userId, queue: address, store } = queue
    for (const withRules of [false, true]) {
      if (withRules) await put(scene, { rules: [{ hosts: ['c.test'], concurrency: 1 }] })
      for (const desc of [false, true]) {
        const names: string[] = []
        let after: ListHosts['after'] = null
        for (let pages = 0; pages < 8; pages++) {
          const asked = { sort: 'nextDueAt', desc, after, limit: 1 } as const
          const page: HostPage = await store.listHosts({ userId, queue: address, ...asked })
          names.push(...page.items.map(({ host }) => host))
          after = page.next
          if (after === null) break
          clock.advance(1000)
        }
        const inOrder = ['a.test', 'b.test', 'c.test', 'd.test']
        assert.deepEqual(names, desc ? inOrder.reverse() : inOrder)
      }
    }
  })

  rule('7.2, 7.3 listing hosts and failures is no access', async (scene) => {
    const { a, clock, queue, store } = scene
    await a.add('1', '2')
    const { id } = await queue.view()
    const before = await queue.viewInList(id)
    clock.advance(1000)
    await hosts(scene, {})
    await clients(scene)
    await store.listFailures({ userId: queue.userId, queue: queue.queue, limit: 10 })
    assert.deepEqual(await queue.viewInList(id), before)
  })
}

const all = { sort: 'host', desc: false, after: null, limit: 1000 } as const

/** The clients of all pages. */
async function clients({ store, queue: { userId, queue } }: Scene, limit = 100): Promise<ClientView[]> {
  const found: ClientView[] = []
  for (let after: ClientPage['next'] = null; ; ) {
    const page: ClientPage = await store.listClients({ userId, queue, after, limit })
    found.push(...page.items)
    if (page.next === null) return found
    after = page.next
  }
}

/** The hosts of all pages. */
async function hosts(scene: Scene, asked: Partial<ListHosts>): Promise<HostView[]> {
  const { userId, queue } = scene.queue
  const found: HostView[] = []
  for (let after: ListHosts['after'] = null; ; ) {
    const page: HostPage = await scene.store.listHosts({ ...all, ...asked, userId, queue, after })
    found.push(...page.items)
    assert.equal(page.isCapped, false)
    if (page.next === null) return found
    after = page.next
  }
}

function on(host: string, number: number, changes: Partial<RequestContent> = {}): RequestContent {
  return content(`${host}${number}`, { url: `https://${host}.test/${number}`, ...changes })
}

function put({ queue: { store, userId, queue } }: Scene, document: PolicyDocument): Promise<unknown> {
  return store.putPolicy({ userId, queue, document, policy: policyOf(document), version: null })
}
