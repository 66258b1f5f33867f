import assert from 'node:assert/strict'
import { content, keysOf } from '../../../harness/conversation.ts'
import type { Rule } from '../../../harness/scene.ts'
import { requestIdOf } from '../../../src/domain/identity.ts'

/** Section 8: listing requests. */
export function listingRules(rule: Rule): void {
  const manyKeys = Array.from({ length: 60 }, (_, index) => `page-${index}`)
  const byId = (a: string, b: string) => (requestIdOf(a) < requestIdOf(b) ? -1 : 1)

  rule('8.1 pages of a list: the limit, what comes after an ID, and whether there is more', async ({ a }) => {
    await a.add(...manyKeys)
    const sorted = [...manyKeys].sort(byId)
    const first = await a.list({ limit: 25 })
    assert.deepEqual(keysOf(first), sorted.slice(0, 25))
    assert.equal(first.hasMore, true)
    const second = await a.list({ limit: 35, afterId: first.items.at(-1)!.id })
    assert.deepEqual(keysOf(second), sorted.slice(25))
    assert.equal(second.hasMore, false, 'the page is full, but nothing comes after it')
    const third = await a.list({ afterId: second.items.at(-1)!.id })
    assert.deepEqual(third, { items: [], hasMore: false })
    assert.deepEqual(keysOf(await a.list({ limit: 1, afterId: first.items[0]!.id })), [sorted[1]])
  })

  rule('8.1 an empty queue is an empty page', async ({ a }) => {
    assert.deepEqual(await a.list(), { items: [], hasMore: false })
    assert.deepEqual(await a.list({ filter: ['locked', 'pending'] }), { items: [], hasMore: false })
  })

  rule('8.1 the ID to start after need not be there, or be an ID at all', async ({ a }) => {
    await a.add(...manyKeys)
    const sorted = [...manyKeys].sort(byId)
    await a.delete(sorted[10]!)
    const page = await a.list({ limit: 2, afterId: requestIdOf(sorted[10]!) })
    assert.deepEqual(keysOf(page), sorted.slice(11, 13))
    assert.equal((await a.list({ afterId: '' })).items.length, 59)
    assert.equal((await a.list({ afterId: '~' })).items.length, 0)
    assert.equal((await a.list({ afterId: 'é' })).items.length, 0)
  })

  rule('8.1 one page takes up to 10,000', async ({ a }) => {
    const keys = Array.from({ length: 1200 }, (_, index) => `page-${index}`)
    await a.add(...keys)
    const page = await a.list({ limit: 10_000 })
    assert.equal(page.items.length, 1200)
    assert.equal(page.hasMore, false)
  })

  rule('8.1 the list shows each request whole, with its lock while it is alive', async ({ queue, a }) => {
    await a.addContents([
      content('1', { method: 'POST', retryCount: 1, otherFields: '"userData":{"a":1}' }),
      content('2', { handledAt: 1_000_000 }),
      content('3'),
    ])
    await a.lock(60, 1)
    for (const item of (await a.list()).items) assert.deepEqual(item, await queue.get(item.uniqueKey))
  })

  rule('8.2 without a filter every request is listed, with one those of its states', async (scene) => {
    const { a, b, clock } = scene
    await a.add('locked', 'expired', 'handled', 'pending', 'given back')
    await a.addForefront('forefront, locked', 'forefront, pending')
    await a.lock(60, 1)
    await a.deleteLock('forefront, pending', 'forefront')
    await b.lock(60)
    await b.deleteLock('forefront, pending', 'forefront')
    await b.prolong('expired', 10)
    await b.finish('handled')
    await b.deleteLock('pending')
    await b.update('given back')
    clock.advance(10_000)

    const lockedKeys = ['locked', 'forefront, locked']
    const pendingKeys = ['expired', 'pending', 'given back', 'forefront, pending']
    const listed = async (filter: ('locked' | 'pending')[] | null) =>
      keysOf(await a.list({ filter })).toSorted()
    assert.deepEqual(await listed(null), [...lockedKeys, ...pendingKeys, 'handled'].sort())
    assert.deepEqual(await listed(['locked']), lockedKeys.toSorted())
    assert.deepEqual(await listed(['pending']), pendingKeys.toSorted())
    assert.deepEqual(await listed(['locked', 'pending']), [...lockedKeys, ...pendingKeys].sort())
    assert.deepEqual(await listed(['pending', 'locked']), [...lockedKeys, ...pendingKeys].sort())
    clock.advance(49_999)
    assert.deepEqual(await listed(['locked']), lockedKeys.toSorted())
    clock.advance(1)
    assert.deepEqual(await listed(['locked']), [])
  })

  rule('8.2 a filtered list has pages too', async ({ a }) => {
    await a.add(...manyKeys)
    const lockedKeys = await a.lock(60, 20)
    const locked = [...lockedKeys].sort(byId)
    const first = await a.list({ limit: 12, filter: ['locked'] })
    assert.deepEqual(keysOf(first), locked.slice(0, 12))
    assert.equal(first.hasMore, true)
    const rest = await a.list({ limit: 8, filter: ['locked'], afterId: first.items.at(-1)!.id })
    assert.deepEqual(keysOf(rest), locked.slice(12))
    assert.equal(rest.hasMore, false)
    const pending = await a.walk(7, ['pending'])
    assert.deepEqual(
      pending.map((item) => item.uniqueKey),
      manyKeys.filter((key) => !lockedKeys.includes(key)).sort(byId),
    )
  })

  rule('8.2 a walk meets what was there the whole time exactly once, whatever changes', async (scene) => {
    const { a, b, clock } = scene
    await a.add(...manyKeys)
    const deleted = manyKeys.slice(0, 10)
    const walked = await a.walk(7, null, async (page) => {
      clock.advance(1000)
      await b.lock(3, 10)
      await b.addForefront(`new-${page}`, `newer-${page}`)
      await b.update(manyKeys[10 + page]!, { retryCount: page }, 'forefront')
      await b.finish(manyKeys[20 + page]!)
      await b.unlock()
      await b.delete(deleted[page - 1]!)
      // A request that is deleted and added again is a new request, but must not be listed twice.
      await b.delete(manyKeys[30 + page]!)
      await b.add(manyKeys[30 + page]!)
    })
    const keys = walked.map((item) => item.uniqueKey)
    assert.equal(new Set(keys).size, keys.length, 'nothing came twice')
    for (const key of manyKeys.slice(10)) assert.ok(keys.includes(key), `${key} came`)
  })

  rule('8.2 a filtered list finds what is there among very many', async ({ a, clock }) => {
    // More than are found through the order; as many again are handled, so that whole steps find little.
    const pending = Array.from({ length: 10_100 }, (_, index) => `pending-${index}`)
    const handled = Array.from({ length: 4_000 }, (_, index) => `handled-${index}`)
    await a.addContents(pending.map((key) => content(key)))
    const handledAt = Date.UTC(2030, 0, 1)
    await a.addContents(handled.map((key) => content(key, { handledAt })))
    const locked = [...(await a.lock(60, 20)), ...(await a.lock(10, 5))]
    clock.advance(10_000)
    const held = locked.slice(0, 20)
    const keys = (walked: readonly { uniqueKey: string }[]) => walked.map(({ uniqueKey }) => uniqueKey)
    assert.deepEqual(keys(await a.walk(7, ['locked'])), held.toSorted(byId))
    const unheld = pending.filter((key) => !held.includes(key))
    assert.deepEqual(keys(await a.walk(3_000, ['pending'])), unheld.sort(byId))
    assert.deepEqual(keys(await a.walk(10_000, ['locked', 'pending'])), pending.toSorted(byId))
  })

  rule('8.2 requests of any size are listed, each once', async ({ a }) => {
    const sizes = [10, 10, 5_000_000, 10, 9_000_000, 4_000_000, 10, 10, 8_000_000, 10]
    const sized = sizes.map((bytes, index) =>
      content(`page-${index}`, { otherFields: `"x":"${'x'.repeat(bytes)}"` }),
    )
    for (const one of sized) await a.addContents([one])
    const expected = sized.map(({ uniqueKey }) => uniqueKey).sort(byId)
    for (const filter of [null, ['pending' as const]]) {
      assert.deepEqual(keysOf(await a.list({ filter })), expected)
      const walked = await a.walk(3, filter)
      assert.deepEqual(keysOf({ items: walked }), expected)
    }
  })
}
