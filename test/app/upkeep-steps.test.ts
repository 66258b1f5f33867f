/** Many expired queues go in steps, between which upkeep can be stopped. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { openTemporaryPostgresStore, openTemporarySqliteStore } from '../../harness/stores.ts'
import { startUpkeep } from '../../src/app/upkeep.ts'
import type { Store } from '../../src/store/store.ts'

const retentionMs = 1000
const silent = { info() {}, error() {} }
/** More than four steps. */
const queueCount = 450

interface Expiring {
  readonly store: Store
  /** Makes unnamed queues that have expired. */
  makeExpired(count: number): Promise<void>
  /** How many queues there still are, the one with a name among them. */
  left(): Promise<number>
}

async function withOneNamed(t: TestContext, open: typeof openTemporarySqliteStore): Promise<Expiring> {
  const { store, clock, discard } = await open()
  t.after(discard)
  const { id: userId } = await store.ensureUser({ username: 'somebody' })
  await store.getOrCreateQueue({ userId, name: 'kept' })
  const all = { userId, offset: 0, limit: 1, desc: false, unnamed: true, ownership: null }
  return {
    store,
    left: async () => (await store.listQueues(all)).total,
    async makeExpired(count) {
      const made = Array.from({ length: count }, () => store.getOrCreateQueue({ userId, name: null }))
      await Promise.all(made)
      clock.advance(retentionMs)
    },
  }
}

for (const [kind, open] of [
  ['the embedded store', openTemporarySqliteStore],
  ['PostgreSQL', openTemporaryPostgresStore],
] as const) {
  describe(`upkeep of ${kind} with many expired queues`, { concurrency: true }, () => {
    test('one round deletes them all', async (t) => {
      const { store, left, makeExpired } = await withOneNamed(t, open)
      await makeExpired(queueCount)
      const logged: object[] = []
      const logger = { ...silent, info: (values: object) => void logged.push(values) }
      const upkeep = startUpkeep({ store, retentionMs, logger })
      await upkeep.tidy()
      await upkeep.stop()
      assert.deepEqual(logged, [{ expired: queueCount }])
      assert.equal(await left(), 1)
      assert.deepEqual(await store.check(), [])
    })

    test('when stopped in the middle, it leaves the remaining queues to the next start', async (t) => {
      const { store, left, makeExpired } = await withOneNamed(t, open)
      await makeExpired(queueCount)
      const steps: number[] = []
      const stopped = Promise.withResolvers<void>()
      const upkeep = startUpkeep({
        store: {
          expireQueues: async (ask) => {
            const step = store.expireQueues(ask)
            if (steps.length === 0) stopped.resolve(upkeep.stop())
            steps.push(await step)
            return steps.at(-1)!
          },
        },
        retentionMs,
        logger: silent,
      })
      await upkeep.tidy()
      await stopped.promise
      assert.equal(steps.length, 1)
      assert.ok(steps[0]! < queueCount / 2, `${steps[0]} of ${queueCount} in one step`)
      assert.equal(await left(), queueCount + 1 - steps[0]!)

      const next = startUpkeep({ store, retentionMs, logger: silent })
      await next.tidy()
      await next.stop()
      assert.equal(await left(), 1)
      assert.deepEqual(await store.check(), [])
    })

    test('a step that deletes nothing reports that nothing is left', async (t) => {
      const { store, left, makeExpired } = await withOneNamed(t, open)
      const expireAll = async () => {
        while ((await store.expireQueues({ retentionMs })) > 0);
      }
      await makeExpired(queueCount)
      const perStep = await store.expireQueues({ retentionMs })
      await expireAll()
      assert.equal(await left(), 1)
      // As many as go in one step: it cannot know that it was the last one.
      await makeExpired(perStep)
      assert.equal(await store.expireQueues({ retentionMs }), perStep)
      await makeExpired(20)
      await expireAll()
      assert.equal(await left(), 1)
    })
  })
}
