import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import type { PolicyDocument } from '../../../harness/model/policy-document.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import { everyRequest, noRun, type RequestFilter } from '../../../src/domain/insight/request-filter.ts'
import type { Standing } from '../../../src/domain/insight/standing.ts'
import { policyOf } from '../../../src/domain/policy/document.ts'
import type { RequestContent } from '../../../src/domain/request.ts'
import type { FoundPage, FoundRequest } from '../../../src/store/params/insight.ts'

/** 14.4: requests by state, and by what is in them. */
export function findingRules(rule: Rule): void {
  rule('14.4 requests are found by their states, each with its state', async (scene) => {
    const { a, clock } = scene
    await inEveryState(scene)
    const wanted: [Standing[], string[]][] = [
      [['available'], ['free']],
      [['locked'], ['taken']],
      [['scheduled'], ['later']],
      [['held'], ['behind']],
      [['failed'], ['broken']],
      [['handled'], ['broken', 'done']],
      [
        ['held', 'scheduled', 'failed'],
        ['behind', 'broken', 'later'],
      ],
      [
        ['available', 'held', 'locked', 'scheduled'],
        ['behind', 'free', 'later', 'taken'],
      ],
    ]
    for (const [states, keys] of wanted) assert.deepEqual(await keysIn(scene, states), keys, states.join())
    const all = await walk(scene, {})
    assert.deepEqual(all.map(({ uniqueKey, standing }) => `${uniqueKey} ${standing}`).sort(), [
      'behind held',
      'broken failed',
      'done handled',
      'free available',
      'later scheduled',
      'taken locked',
    ])
    const at = ({ uniqueKey }: FoundRequest) => uniqueKey === 'later'
    assert.equal(all.find(at)!.availableAt, clock.wallMs() + 60_000)
    assert.equal(all.filter((request) => !at(request) && request.availableAt !== null).length, 0)
    const { lockByClient, lockExpiresAt } = all.find(({ uniqueKey }) => uniqueKey === 'taken')!
    assert.deepEqual([lockByClient, lockExpiresAt], ['client-a', clock.wallMs() + 30_000])
    clock.advance(60_000)
    assert.deepEqual(await keysIn(scene, ['available']), ['behind', 'free', 'later', 'taken'])
    await put(scene, { paused: true })
    assert.deepEqual(await keysIn(scene, ['held']), ['behind', 'free', 'later', 'taken'])
    await put(scene, {})
    await a.finish('behind')
    assert.deepEqual(await keysIn(scene, ['held', 'handled']), ['behind', 'broken', 'done'])
  })

  rule('14.4 one request that is looked at is as it is found, in every state', async (scene) => {
    const { clock } = scene
    await inEveryState(scene)
    const asFound = async () => {
      const found = await walk(scene, {})
      for (const request of found) assert.deepEqual(await inspect(scene, request.id), request)
      return found.map(({ standing }) => standing).toSorted()
    }
    assert.deepEqual(await asFound(), ['available', 'failed', 'handled', 'held', 'locked', 'scheduled'])
    clock.advance(60_000)
    assert.deepEqual(await asFound(), [
      'available',
      'available',
      'available',
      'available',
      'failed',
      'handled',
    ])
    await put(scene, { paused: true })
    assert.deepEqual(await asFound(), ['failed', 'handled', 'held', 'held', 'held', 'held'])
    await refuses(inspect(scene, content('nowhere').id), 'requestNotFound')
  })

  rule('14.4 requests are found by what is in them', async (scene) => {
    const { a, b } = scene
    await a.addContents([
      content('1', { url: 'https://www.A.test/shoes?size=9', retryCount: 2 }),
      content('2', { url: 'https://a.test/shirts', otherFields: '"userData":{"label":"list"}' }),
      content('3', { url: 'https://b.test/shoes', otherFields: '"userData":{"label":"a \\"list\\""}' }),
      content('4', {
        url: 'https://b.test/%E2',
        otherFields:
          '"userData":{"label":"other","list":1},"errorMessages":["no \\"luck\\"\\nat all","\\u0000 ž"]',
        retryCount: 1,
      }),
    ])
    await b.lock(60, 1)
    const found = async (filter: Partial<RequestFilter>) =>
      (await walk(scene, filter)).map(({ uniqueKey }) => uniqueKey).sort()
    assert.deepEqual(await found({ url: 'shoes' }), ['1', '3'])
    assert.deepEqual(await found({ url: 'Shoes' }), [])
    assert.deepEqual(await found({ host: 'www.a.test' }), ['1'])
    assert.deepEqual(await found({ host: 'a.test' }), ['2'])
    assert.deepEqual(await found({ label: 'list' }), ['2'])
    assert.deepEqual(await found({ label: 'a "list"' }), ['3'])
    assert.deepEqual(await found({ error: '"luck"\nat' }), ['4'])
    assert.deepEqual(await found({ error: '\0 ž' }), ['4'])
    assert.deepEqual(await found({ error: 'label' }), [])
    // The text of a group of failures has words in the place of what differs.
    await a.addContents([
      content('5', {
        url: 'https://c.test/',
        otherFields: '"errorMessages":["first 1","received 503 of 9"]',
      }),
    ])
    assert.deepEqual(await found({ error: 'received <number> of <number>' }), ['5'])
    assert.deepEqual(await found({ error: 'first <number>' }), [])
    await a.addContents([
      content('6', {
        url: 'https://c.test/6',
        otherFields: '"errorMessages":["two  spaces\\tand a tab\\nmore"]',
      }),
      content('7', { url: 'https://c.test/7', otherFields: `"errorMessages":["${'x'.repeat(198)} 12"]` }),
      content('8', { url: 'https://c.test/8', otherFields: '"errorMessages":[" "]' }),
    ])
    assert.deepEqual(await found({ error: 'two spaces and a tab' }), ['6'])
    assert.deepEqual(await found({ error: `${'x'.repeat(198)} <` }), ['7'])
    assert.deepEqual(await found({ error: '(an error without a text)' }), ['8'])
    assert.deepEqual(await found({ client: 'client-b' }), ['1'])
    assert.deepEqual(await found({ client: 'client-a' }), [])
    assert.deepEqual(await found({ retryCountMin: 1 }), ['1', '4'])
    assert.deepEqual(await found({ retryCountMin: 1, url: 'shoes', states: new Set(['locked']) }), ['1'])
    await put(scene, { groupBy: 'domain' })
    assert.deepEqual(await found({ host: 'a.test' }), ['1', '2'])
    assert.deepEqual(await found({ host: 'a.test', states: new Set(['available']) }), ['2'])
  })

  rule('14.4 requests are found by the client and the run that hold them', async (scene) => {
    const { queue, a, clock } = scene
    await a.add('1', '2', '3', '4', '5')
    await a.lock(60, 1)
    await queue.client('client-a', 'run-1').lock(60, 1)
    await queue.client('client-c', 'run-1').lock(60, 1)
    await queue.client('client-a', 'run-2').lock(30, 1)
    const found = async (filter: Partial<RequestFilter>) =>
      (await walk(scene, filter)).map(({ uniqueKey }) => uniqueKey).sort()
    assert.deepEqual(await found({ client: 'client-a' }), ['1', '2', '4'])
    assert.deepEqual(await found({ run: 'run-1' }), ['2', '3'])
    assert.deepEqual(await found({ run: 'run-1', client: 'client-a' }), ['2'])
    assert.deepEqual(await found({ run: noRun }), ['1'])
    assert.deepEqual(await found({ run: noRun, client: 'client-c' }), [])
    assert.deepEqual(await found({ run: 'run-2', states: new Set(['locked']) }), ['4'])
    assert.deepEqual(await found({ run: 'run-2', states: new Set(['available', 'handled']) }), [])
    clock.advance(30_000)
    assert.deepEqual(await found({ run: 'run-2' }), [])
  })

  rule('14.4, 8.2 a walk meets every request once, whatever the pages and the bound', async (scene) => {
    const { a, b } = scene
    const keys = Array.from({ length: 40 }, (_, index) => `page-${index}`)
    await a.add(...keys)
    for (const key of keys.slice(30)) await a.finish(key)
    await a.lock(60, 10)
    for (const [limit, examinedMax] of [
      [1, 1000],
      [7, 3],
      [1000, 1],
    ] as const) {
      const changes = async () => {
        await b.lock(60, 1)
        await a.add(`more-${Math.random()}`)
      }
      const handled = await walk(scene, { states: new Set(['handled']) }, limit, examinedMax, changes)
      assert.deepEqual(keysOf(handled), keys.slice(30).sort())
      const all = await walk(scene, {}, limit, examinedMax)
      assert.deepEqual(keysOf(all.filter(({ uniqueKey }) => uniqueKey.startsWith('page'))), [...keys].sort())
    }
  })

  rule('14.4 a page that a filter leaves empty may have more behind it', async (scene) => {
    const { a } = scene
    await a.add(...Array.from({ length: 30 }, (_, index) => `page-${index}`))
    const filter = { ...everyRequest, url: 'nowhere' }
    const { userId, queue } = scene.queue
    let pages = 0
    for (let afterId: string | null = null; ; pages++) {
      const params = { userId, queue, filter, afterId, limit: 5, examinedMax: 10 }
      const page: FoundPage = await scene.store.findRequests(params)
      assert.deepEqual(page.items, [])
      if (page.nextAfterId === null) break
      afterId = page.nextAfterId
    }
    // The oracle has no bound.
    assert.ok(pages <= 4)
  })

  rule('7.2, 7.3, 7.4, 7.6 finding is no access, and only for those who may', async (scene) => {
    const { a, clock, queue, store } = scene
    await a.add('1', '2')
    const { id } = await queue.view()
    const before = await queue.viewInList(id)
    clock.advance(1000)
    await walk(scene, {})
    await inspect(scene, content('1').id)
    assert.deepEqual(await queue.viewInList(id), before)
    const bob = await store.ensureUser({ username: 'bob' })
    const params = { filter: everyRequest, afterId: null, limit: 1 }
    const asBob = { userId: bob.id, queue: queue.queue }
    await refuses(store.findRequests({ ...asBob, ...params }), 'queueNotFound')
    await refuses(store.inspectRequest({ ...asBob, requestId: content('1').id }), 'queueNotFound')
  })
}

/** One request in each state, which its key names. */
async function inEveryState(scene: Scene): Promise<void> {
  const { a, b, clock } = scene
  await put(scene, { rules: [{ hosts: ['h.test'], concurrency: 1 }] })
  const onHost = (key: string, changes: Partial<RequestContent> = {}) =>
    content(key, { url: `https://h.test/${key}`, ...changes })
  await a.addContents([
    onHost('taken'),
    onHost('behind'),
    content('done'),
    content('broken'),
    content('free'),
  ])
  await a.addContents([content('later', { wishes: { delayMs: 60_000 } })])
  await a.lock(30, 1)
  await b.finish('done')
  await b.update('broken', {
    handledAt: clock.wallMs(),
    otherFields: '"userData":{},"errorMessages":["Error"]',
  })
}

async function walk(
  { store, queue: { userId, queue } }: Scene,
  filter: Partial<RequestFilter>,
  limit = 1000,
  examinedMax = 1000,
  between: () => Promise<void> = async () => {},
): Promise<FoundRequest[]> {
  const found: FoundRequest[] = []
  for (let afterId: string | null = null; ; ) {
    const params = { userId, queue, filter: { ...everyRequest, ...filter }, afterId, limit, examinedMax }
    const page: FoundPage = await store.findRequests(params)
    assert.ok(page.items.length <= limit)
    found.push(...page.items)
    if (page.nextAfterId === null) return found
    afterId = page.nextAfterId
    await between()
  }
}

function inspect({ store, queue: { userId, queue } }: Scene, requestId: string): Promise<FoundRequest> {
  return store.inspectRequest({ userId, queue, requestId })
}

async function keysIn(scene: Scene, states: readonly Standing[]): Promise<string[]> {
  return keysOf(await walk(scene, { states: new Set(states) }))
}

function keysOf(found: readonly FoundRequest[]): string[] {
  return found.map(({ uniqueKey }) => uniqueKey).sort()
}

function put({ queue: { store, userId, queue } }: Scene, document: PolicyDocument): Promise<unknown> {
  return store.putPolicy({ userId, queue, document, policy: policyOf(document), version: null })
}
