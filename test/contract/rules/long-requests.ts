import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import { type HeadItem, storedBytes } from '../../../src/domain/request.ts'

/**
 * Requests that are too long to be answered right away: a store returns their lengths first, and the texts on
 * request.
 */
export function longRequestRules(rule: Rule): void {
  const url = `https://example.com/${'é'.repeat(1000)}`
  const short = content('k'.repeat(2560 - Buffer.byteLength(url)), { url })
  const longer = content('k'.repeat(2561 - Buffer.byteLength(url)), { url, method: 'PUT', retryCount: 3 })
  const longest = content('xy'.repeat(1_000_000), { url })
  const brief = content('1', { otherFields: `"userData":{"a":"${'é'.repeat(1_000_000)}"}` })
  const all = [short, longer, brief, longest]

  rule('4.5 a head may be without the texts of requests that are long, and all are there', async (scene) => {
    const { a, queue, store, user } = scene
    const tiny = content('tiny')
    await a.addContents([tiny, ...all])
    const { items } = await a.listHead()
    assert.equal((await queue.view()).stats.headItemReadCount, 5)
    const locked = (await a.lockHead(10)).items
    const wholeItems = [tiny, ...all].map(({ id, uniqueKey, url, method, retryCount }) => {
      return { id, uniqueKey, url, method, retryCount }
    })
    for (const [index, item] of [...items, ...locked].entries()) {
      const whole = wholeItems[index % 5]!
      if (item.longBytes === undefined) assert.deepEqual(item, whole)
      else assert.deepEqual(item, { ...whole, uniqueKey: '', url: '', longBytes: item.longBytes })
      const bytes = Buffer.byteLength(whole.uniqueKey) + Buffer.byteLength(whole.url)
      assert.ok((item.longBytes ?? 10_000) >= bytes)
    }
    assert.equal(locked.length, 5)
    assert.equal(items[0]!.longBytes ?? locked[0]!.longBytes, undefined)
    assert.ok(items.at(-1)!.longBytes! >= 2_000_000)

    const ask = { userId: user.id, queue: queue.queue }
    const before = await queue.view()
    const requestIds = [...wholeItems.map(({ id }) => id), 'nobody']
    const inOrder = (found: readonly HeadItem[]) => [...found].sort((a, b) => (a.id < b.id ? -1 : 1))
    assert.deepEqual(inOrder(await store.getHeadItems({ ...ask, requestIds })), inOrder(wholeItems))
    const measured = wholeItems.map((item) => {
      const longBytes = Buffer.byteLength(item.uniqueKey) + Buffer.byteLength(item.url)
      return longBytes <= 2560 ? item : { ...item, uniqueKey: '', url: '', longBytes }
    })
    assert.deepEqual(
      inOrder(await store.getHeadItems({ ...ask, requestIds, bytesMax: 2560 })),
      inOrder(measured),
    )
    assert.deepEqual(await store.getHeadItems({ ...ask, requestIds: [] }), [])
    assert.deepEqual({ ...(await queue.view()), accessedAt: 0 }, { ...before, accessedAt: 0 })
    const bob = await store.ensureUser({ username: 'bob' })
    await refuses(store.getHeadItems({ ...ask, userId: bob.id, requestIds }), 'queueNotFound')
  })

  rule(
    '7.4 a request that is longer than was asked for is not read, and its length is told',
    async (scene) => {
      const { a, queue, store, user } = scene
      await a.addContents(all)
      await a.lock(10, 1)
      for (const request of all) {
        const ask = { userId: user.id, queue: queue.queue, requestId: request.id }
        const bytes = storedBytes(request)
        const { readCount } = (await queue.view()).stats
        const whole = await store.getRequest({ ...ask, bytesMax: bytes })
        assert.deepEqual(whole, await store.getRequest(ask))
        assert.deepEqual([whole.uniqueKey, whole.otherFields], [request.uniqueKey, request.otherFields])
        assert.deepEqual(await store.getRequest({ ...ask, bytesMax: bytes - 1 }), {
          ...whole,
          uniqueKey: '',
          url: '',
          otherFields: '',
          longBytes: bytes,
        })
        assert.equal((await queue.view()).stats.readCount, readCount + 2)
      }
      const nobody = { userId: user.id, queue: queue.queue, requestId: 'nobody', bytesMax: 0 }
      await refuses(store.getRequest(nobody), 'requestNotFound')
    },
  )

  rule('8.1 a page ends at the length that is asked for, and has one request at least', async ({ a }) => {
    await a.addContents(Array.from({ length: 30 }, (_, index) => content(`page-${index}`, { url })))
    const lengthOf = ({ uniqueKey, url, otherFields }: typeof short) =>
      uniqueKey.length + url.length + otherFields.length
    for (const lengthMax of [0, 5000, 10_000]) {
      const page = await a.list({ lengthMax })
      const length = page.items.reduce((sum, item) => sum + lengthOf(item), 0)
      assert.ok(page.hasMore)
      assert.ok(page.items.length === 1 || length <= lengthMax, `${length}`)
      assert.ok(length + 1100 > lengthMax, `${length}`)
    }
  })
}
