import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { content } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import { requestIdOf } from '../../../src/domain/identity.ts'

/** Section 2: identity and de-duplication. */
export function identityRules(rule: Rule): void {
  rule('2.1 unique keys are compared byte for byte', async ({ queue, a }) => {
    const keys = [
      'key',
      'Key',
      'KEY',
      ' key',
      'key ',
      'caf\u00e9',
      'cafe\u0301',
      'k\u00e9y',
      '\u{1f600}',
      '%',
    ]
    await a.add(...keys)
    assert.equal((await queue.counts()).total, keys.length)
    assert.deepEqual(await a.head(), keys)
    for (const answer of await a.add(...keys)) assert.equal(answer.wasAlreadyPresent, true)
  })

  rule('2.1 a unique key may hold any character, and any number of them', async ({ queue, a }) => {
    const long = 'x'.repeat(100_000)
    const keys = [
      'a\u0000b',
      'a\u0000c',
      'a',
      `${long}1`,
      `${long}2`,
      'line\nbreak',
      '\u2028',
      "'; --",
      '"\\',
    ]
    const added = await a.add(...keys)
    assert.deepEqual(
      added.map((answer) => answer.uniqueKey),
      keys,
    )
    assert.equal((await queue.counts()).total, keys.length)
    const ids = (await a.listHead()).items.map(({ id }) => id)
    assert.deepEqual(ids, keys.map(requestIdOf))
    for (const key of keys) assert.equal((await queue.get(key)).uniqueKey, key)
  })

  rule('2.1 a lone surrogate is U+FFFD, as in the bytes that clients hash', async ({ queue, a }) => {
    await a.add('x\ud800')
    const [again] = await a.add('x\ufffd')
    assert.equal(again!.wasAlreadyPresent, true)
    assert.equal((await queue.counts()).total, 1)
  })

  rule('2.1 the same unique key in two queues is two requests', async ({ a, queue, newQueue }) => {
    const other = await newQueue()
    await a.add('home')
    const [added] = await other.client('client-a').add('home')
    assert.equal(added!.wasAlreadyPresent, false)
    await a.finish('home')
    assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
    assert.deepEqual(await other.counts(), { total: 1, handled: 0, pending: 1 })
  })

  rule('2.2 the request ID is made of the SHA-256 of the unique key', async ({ queue, a }) => {
    for (const uniqueKey of ['https://example.com', 'a', '', '\u017elu\u0165ou\u010dk\u00fd']) {
      const digest = createHash('sha256').update(uniqueKey, 'utf8').digest('base64')
      const id = digest.replaceAll('+', '').replaceAll('/', '').replaceAll('=', '').slice(0, 15)
      const [added] = await a.add(uniqueKey)
      assert.equal(added!.requestId, id)
      assert.equal((await queue.getById(id)).uniqueKey, uniqueKey)
    }
  })

  rule('2.3 adding what is there changes none of its data', async ({ queue, a, b }) => {
    await a.addContents([content('home', { otherFields: '"userData":{"from":"a"}' })])
    const [again] = await b.addContents([
      content('home', {
        url: 'https://example.com/other',
        method: 'POST',
        retryCount: 3,
        handledAt: 1,
        otherFields: '"userData":{"from":"b"}',
      }),
    ])
    assert.deepEqual(again, {
      requestId: content('home').id,
      uniqueKey: 'home',
      wasAlreadyPresent: true,
      wasAlreadyHandled: false,
    })
    assert.deepEqual(await queue.get('home'), {
      ...content('home', { otherFields: '"userData":{"from":"a"}' }),
      lockExpiresAt: null,
      lockByClient: null,
    })
    assert.deepEqual(await queue.counts(), { total: 1, handled: 0, pending: 1 })
  })

  rule('2.3 adding what is there does not move it, with forefront neither', async ({ a, clock }) => {
    await a.add('1', '2', '3')
    clock.advance(1000)
    await a.add('1')
    await a.addForefront('3')
    assert.deepEqual(await a.head(), ['1', '2', '3'])
  })

  rule('2.3 adding what is locked leaves its lock as it is', async ({ queue, a, b, clock }) => {
    await a.add('home')
    await a.lock(60)
    const before = await queue.get('home')
    clock.advance(1000)
    await b.add('home')
    await b.addForefront('home')
    assert.deepEqual(await queue.get('home'), before)
    assert.deepEqual(await b.lock(60), [])
  })

  rule('2.3 adding what is handled answers so, and does not hand it out again', async ({ queue, a, b }) => {
    await a.add('home')
    await a.finish('home')
    const [again] = await b.addForefront('home')
    assert.equal(again!.wasAlreadyPresent, true)
    assert.equal(again!.wasAlreadyHandled, true)
    assert.deepEqual(await b.head(), [])
    assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
  })

  rule('2.4 what is added as handled is stored as handled', async ({ queue, a, clock }) => {
    const handledAt = clock.wallMs() - 86_400_000
    const [added] = await a.addContents([content('home', { handledAt })])
    assert.equal(added!.wasAlreadyPresent, false)
    assert.equal(added!.wasAlreadyHandled, false)
    assert.equal((await queue.get('home')).handledAt, handledAt)
    assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
    assert.deepEqual(await a.head(), [])
    assert.deepEqual(await a.lock(60), [])
    const [again] = await a.add('home')
    assert.equal(again!.wasAlreadyHandled, true)
  })

  rule('2.6 every field is given back as it came', async ({ queue, a }) => {
    const sent = content('home', {
      url: 'https://example.com/?q=%20\u00e9\u{1f600}',
      method: 'PATCH',
      retryCount: 7,
      otherFields:
        '"payload":"a\\u0000b\\ud800","headers":{"X-One":"1"},"userData":{"b":1,"a":[null,1e400,0.10]},"custom":{}',
    })
    await a.addContents([sent])
    assert.deepEqual(await queue.get('home'), { ...sent, lockExpiresAt: null, lockByClient: null })
    assert.deepEqual((await a.listHead()).items, [
      { id: sent.id, uniqueKey: 'home', url: sent.url, method: 'PATCH', retryCount: 7 },
    ])
  })

  rule('2.7 of one unique key twice in a batch the first adds', async ({ queue, a }) => {
    const answers = await a.addContents([
      content('twice', { otherFields: '"n":1' }),
      content('once'),
      content('twice', { otherFields: '"n":2', handledAt: 1 }),
    ])
    assert.deepEqual(
      answers.map((answer) => [answer.uniqueKey, answer.wasAlreadyPresent, answer.wasAlreadyHandled]),
      [
        ['twice', false, false],
        ['once', false, false],
        ['twice', true, false],
      ],
    )
    assert.equal((await queue.get('twice')).otherFields, '"n":1')
    assert.deepEqual(await queue.counts(), { total: 2, handled: 0, pending: 2 })
    assert.deepEqual(await a.head(), ['twice', 'once'])
  })

  rule('2.7 of one unique key twice in a batch, first handled, the second says so', async ({ queue, a }) => {
    const answers = await a.addContents([content('twice', { handledAt: 1 }), content('twice')])
    assert.deepEqual(
      answers.map((answer) => [answer.wasAlreadyPresent, answer.wasAlreadyHandled]),
      [
        [false, false],
        [true, true],
      ],
    )
    assert.deepEqual(await queue.counts(), { total: 1, handled: 1, pending: 0 })
  })
}
