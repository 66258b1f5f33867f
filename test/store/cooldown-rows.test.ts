/** Cooldowns of hosts that a queue never has leave nothing behind (13.8). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgresPlace, sqlitePlace } from '../../harness/closed-stores.ts'
import { content, TestQueue } from '../../harness/conversation.ts'

for (const [kind, place] of [
  ['the embedded store', sqlitePlace],
  ['PostgreSQL', postgresPlace],
] as const) {
  test(`13.8 on ${kind} a cooldown that is over leaves no row, and one that goes on stays`, async (t) => {
    const { clock, open, count, repair } = await place(t)
    const store = await open()
    const { id: userId } = await store.ensureUser({ username: 'headlock' })
    const { queue } = await store.getOrCreateQueue({ userId, name: null })
    const params = { userId, queue: { queueId: queue.id } }
    const a = new TestQueue(store, userId, params.queue).client('a')
    await a.add('1')
    for (let index = 0; index < 30; index++) {
      await store.setCooldown({ ...params, group: `never-${index}.test`, lastsMs: 1000 })
    }
    await store.setCooldown({ ...params, group: 'long.test', lastsMs: 60_000 })
    await store.setCooldown({ ...params, group: 'ended.test', lastsMs: 60_000 })
    await store.endCooldown({ ...params, group: 'ended.test' })
    await store.endCooldown({ ...params, group: 'never.test' })
    await store.setCooldown({ ...params, group: 'example.com', lastsMs: 1000 })
    assert.deepEqual(await a.lock(60), [])
    clock.advance(1000)
    assert.deepEqual(await a.lock(60), ['1'])
    await a.addContents([content('of never', { url: 'https://never-3.test/' })])
    await a.addContents([content('of long', { url: 'https://long.test/' })])
    assert.deepEqual(await a.lock(60), ['of never'])
    await store.close()
    // example.com, never-3.test and long.test.
    assert.equal(await count('groups'), 3)
    assert.deepEqual((await repair())[0], [])
    const again = await open()
    const b = new TestQueue(again, userId, params.queue).client('b')
    clock.advance(58_999)
    assert.deepEqual(await b.lock(60), [])
    clock.advance(1)
    assert.deepEqual(await b.lock(60), ['of long'])
    await again.close()
  })
}
