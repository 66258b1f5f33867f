/** An unlock that a crash breaks off between two steps, and its repetition. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { keysOf, TestQueue } from '../../harness/conversation.ts'
import type { UnlockingOptions } from '../../harness/crash/unlocking-process.ts'
import { runProgram, temporaryDatabaseParts, temporaryDirectory } from '../../harness/server-process.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import type { Store } from '../../src/store/store.ts'

const stepSize = { ...sqliteStepSize, requests: 3 }
const many = 100

interface Site {
  readonly store: UnlockingOptions['store']
  open(): Promise<Store>
}

async function sqliteSite(t: TestContext): Promise<Site> {
  const options = { directory: await temporaryDirectory(t), stepSize }
  return { store: { kind: 'sqlite', options }, open: () => openSqliteStore(options) }
}

async function postgresSite(t: TestContext): Promise<Site> {
  const options = { ...(await temporaryDatabaseParts(t)), stepSize }
  return { store: { kind: 'postgres', options }, open: () => openPostgresStore(options) }
}

for (const [kind, siteFor] of [
  ['the embedded store', sqliteSite],
  ['PostgreSQL', postgresSite],
] as const) {
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
