/** An unlock that a crash breaks off between two steps, and its repetition. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { keysOf, TestQueue } from '../../harness/conversation.ts'
import { namedSteppedSites } from '../../harness/crash/stepped-site.ts'
import type { UnlockingOptions } from '../../harness/crash/unlocking-process.ts'
import { runProgram } from '../../harness/server-process.ts'

const many = 100

for (const [kind, siteFor] of namedSteppedSites) {
  test(`5.4 on ${kind} a repeated unlock finishes what a crash broke off, in order`, async (t) => {
    const { store: where, open } = await siteFor(t)
    const before = await open()
    const { id: userId } = await before.ensureUser({ username: 'alice' })
    const { queue } = await before.getOrCreateQueue({ userId, name: 'broken-off' })
    const keys = Array.from({ length: many }, (_, index) => `page-${String(index).padStart(3, '0')}`)
    const a = new TestQueue(before, userId, { queueId: queue.id }).client('client-a')
    // The first half on the forefront side, where each comes before the one that was added before it.
    await a.add(...keys.slice(many / 2))
    await a.addForefront(...keys.slice(0, many / 2).reverse())
    for (let held = 0; held < many; held += 25) await a.lock(3600)
    await before.close()

    const ask: UnlockingOptions = {
      store: where,
      userId,
      queueId: queue.id,
      clientKey: 'client-a',
      releasedMin: 20,
    }
    const program = join(import.meta.dirname, '../../harness/crash/unlocking-process.ts')
    const died = await runProgram(program, [JSON.stringify(ask)])
    assert.equal(died.signal, 'SIGKILL', died.stderr)

    const after = await open()
    try {
      const found = new TestQueue(after, userId, { queueId: queue.id })
      const heldStill = (await found.client('b').list({ filter: ['locked'] })).items.length
      const released = await found.client('b').head()
      assert.equal(heldStill + released.length, many)
      assert.ok(heldStill > 0 && released.length >= 20, `${heldStill} of ${many} are held`)
      assert.deepEqual(await after.check(), [])
      assert.equal(await found.client('client-a').unlock(), heldStill)
      assert.deepEqual(await found.client('b').head(), keys)
      assert.deepEqual(keysOf(await found.client('b').list({ filter: ['locked'] })), [])
      assert.deepEqual(await found.counts(), { total: many, handled: 0, pending: many })
    } finally {
      await after.close()
    }
  })
}
