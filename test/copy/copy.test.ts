import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { content, refuses } from '../../harness/conversation.ts'
import {
  brokenCopy,
  copy,
  everythingOf,
  fill,
  type Kind,
  newAddress,
  queueNamed,
  queuesOf,
  smallSteps,
  withStore,
} from '../../harness/copy/copies.ts'
import type { StoreAddress } from '../../src/app/config/store-choice.ts'
import { driverAt } from '../../src/app/drivers/driver-of.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import { ManualClock } from '../../src/store/clock.ts'
import type { Store } from '../../src/store/store.ts'

const directions: readonly (readonly [from: Kind, to: Kind])[] = [
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
  ['sqlite', 'sqlite'],
  ['postgres', 'postgres'],
]

interface Ends {
  readonly from: StoreAddress
  readonly to: StoreAddress
  readonly clock: ManualClock
}

/** A filled source and a target where nothing is yet. */
async function prepare(t: TestContext, from: Kind, to: Kind): Promise<Ends> {
  const clock = new ManualClock()
  const ends = { from: await newAddress(t, from), to: await newAddress(t, to), clock }
  await fill(ends.from, clock)
  return ends
}

/** The stores hold the same, and what happens next is the same in both. */
async function assertSame({ from, to, clock }: Ends): Promise<void> {
  assert.deepEqual(await everythingOf(to, clock), await everythingOf(from, clock))
}

for (const [fromKind, toKind] of directions) {
  describe(`a copy from ${fromKind} to ${toKind}`, { concurrency: 4 }, () => {
    test('has everything that the source has', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      const report = await copy(ends.from, ends.to)
      assert.deepEqual(report.differences, [])
      assert.deepEqual([report.users, report.tokens, report.queues.length], [2, 3, 4])
      assert.ok(report.queues.every(({ how }) => how === 'copied'))
      await assertSame(ends)
    })

    test('has the policies of the queues, with their versions', async (t) => {
      const { from, to, clock } = await prepare(t, fromKind, toKind)
      await copy(from, to)
      const policies = (at: StoreAddress) =>
        withStore(at, clock, async (store) => {
          const user = await store.findUser({ username: 'alice' })
          const queues = await queuesOf(store, user!.id)
          const views = queues.map(({ id: queueId }) =>
            store.getPolicy({ userId: user!.id, queue: { queueId } }),
          )
          return Promise.all(views)
        })
      const found = await policies(to)
      assert.deepEqual(found, await policies(from))
      assert.deepEqual(found.map(({ version }) => version).sort(), [0, 1, 2])
    })

    for (const [size, options] of [
      ['large', {}],
      ['small', { stepSize: smallSteps }],
    ] as const) {
      test(`forgets nothing that happened in groups, in ${size} steps`, async (t) => {
        const { from, to, clock } = await prepare(t, fromKind, toKind)
        const startedAt = clock.wallMs()
        await withStore(from, clock, (store) => workByRules(store, clock))
        const report = await copy(from, to, options)
        assert.deepEqual(report.differences, [])
        await withStore(from, clock, (source) =>
          withStore(to, clock, async (target) => {
            const handedOut: Record<string, number> = {}
            while (clock.wallMs() < startedAt + 61_000) {
              const inSource = await lockPolitely(source)
              assert.deepEqual(await lockPolitely(target), inSource)
              for (const key of inSource) handedOut[key] = (clock.wallMs() - startedAt) / 1000
              clock.advance(1000)
            }
            // Handled at once, a lock that ran out after 5 s, slowed down to 20 s, and a cooldown of a minute.
            assert.deepEqual(handedOut, { a2: 10, c1: 15, b1: 20, d1: 60 })
          }),
        )
      })
    }

    test('in many small steps is the same, and the way back as well', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      await copy(ends.from, ends.to, { stepSize: smallSteps })
      const back = await newAddress(t, fromKind)
      await copy(ends.to, back, { stepSize: { rowsMax: 2000, bytesMax: 1 } })
      const expected = await everythingOf(ends.from, ends.clock)
      assert.deepEqual(await everythingOf(ends.to, ends.clock), expected)
      assert.deepEqual(await everythingOf(back, ends.clock), expected)
    })

    test('goes on as the source would have: order, locks, clients, names', async (t) => {
      const { from, to, clock } = await prepare(t, fromKind, toKind)
      await copy(from, to)
      const conversation = (at: StoreAddress) => {
        const own = new ManualClock(clock.wallMs())
        return withStore(at, own, async (store) => {
          const queue = await queueNamed(store, 'alice', 'PAGES')
          const [a, b] = [queue.client('client-a'), queue.client('client-b')]
          const seen: unknown[] = []
          await refuses(b.prolong('page-0', 60), 'requestLockedByOther')
          // Another client of the run that holds them.
          seen.push(await queue.client('client-s', 'run-1').prolong('page-0', 60))
          await refuses(b.prolong('second', 60), 'lockNotHeld')
          seen.push(await a.prolong('second', 60))
          seen.push(await b.unlock(), await b.lock(5, 4), await b.head())
          await a.addForefront('new first')
          await a.add('new last')
          seen.push(await a.head())
          own.advance(3_600_000)
          seen.push(await a.head(), await a.lock(60), await queue.view())
          const owner = { userId: queue.userId, name: 'pages' }
          seen.push((await store.getOrCreateQueue(owner)).created)
          await store.getOrCreateQueue({ userId: queue.userId, name: 'another' })
          seen.push((await queuesOf(store, queue.userId)).map(({ name }) => name))
          return seen
        })
      }
      assert.deepEqual(await conversation(to), await conversation(from))
    })

    test('run twice changes nothing', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      await copy(ends.from, ends.to)
      const report = await copy(ends.from, ends.to)
      assert.ok(report.queues.every(({ how }) => how === 'complete'))
      assert.deepEqual(report.differences, [])
      await assertSame(ends)
    })

    test('broken after any step is completed by the next one', async (t) => {
      const { from, to: first, clock } = await prepare(t, fromKind, toKind)
      const expected = await everythingOf(from, clock)
      for (const [index, steps] of [1, 2, 7, 12, 13, 14].entries()) {
        const to = index === 0 ? first : await newAddress(t, toKind)
        await brokenCopy(from, to, steps)
        const report = await copy(from, to, { stepSize: smallSteps })
        assert.ok(report.queues[0]!.how !== 'copied', `something was there after ${steps} steps`)
        assert.deepEqual(report.differences, [])
        assert.deepEqual(await everythingOf(to, clock), expected, `broken after ${steps} steps`)
      }
    })

    test('broken again and again comes to its end', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      for (let time = 0; time < 5; time++) await brokenCopy(ends.from, ends.to, time < 2 ? 2 : 4)
      await copy(ends.from, ends.to, { stepSize: smallSteps })
      await assertSame(ends)
    })

    test('of a source that was changed after a break has the new state', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      await brokenCopy(ends.from, ends.to, 5)
      await withStore(ends.from, ends.clock, async (store) => {
        const a = (await queueNamed(store, 'alice', 'pages')).client('client-a')
        ends.clock.advance(1)
        await a.finish('page-7', ends.clock.wallMs())
      })
      const report = await copy(ends.from, ends.to, { stepSize: smallSteps })
      assert.deepEqual(report.differences, [])
      await assertSame(ends)
    })

    test('that was broken is cleared away by a server, unseen, and begun anew', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      await brokenCopy(ends.from, ends.to, 5)
      await withStore(ends.to, ends.clock, async (store) => {
        const alice = await store.ensureUser({ username: 'alice' })
        assert.deepEqual(await queuesOf(store, alice.id), [])
        assert.deepEqual(await store.check(), [])
      })
      const report = await copy(ends.from, ends.to, { stepSize: smallSteps })
      assert.deepEqual(report.differences, [])
      await assertSame(ends)
    })

    test('does not touch a queue that was changed in the target', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      await copy(ends.from, ends.to)
      await withStore(ends.to, ends.clock, async (store) => {
        ends.clock.advance(1)
        await (await queueNamed(store, 'alice', 'pages')).client('client-a').add('new')
      })
      const changed = await everythingOf(ends.to, ends.clock)
      await assert.rejects(
        copy(ends.from, ends.to),
        /^OperatorError: Nothing was copied[\s\S]*the queue Pages \(\w+\) is already in the target, and one of the two was changed/,
      )
      assert.deepEqual(await everythingOf(ends.to, ends.clock), changed)
    })

    test('brings a queue back that was deleted in the target', async (t) => {
      const ends = await prepare(t, fromKind, toKind)
      await copy(ends.from, ends.to)
      await withStore(ends.to, ends.clock, async (store) => {
        await (await queueNamed(store, 'alice', 'pages')).delete()
      })
      const report = await copy(ends.from, ends.to, { stepSize: smallSteps })
      assert.deepEqual(
        report.queues.map(({ how }) => how),
        ['copied', 'complete', 'complete', 'complete'],
      )
      const requestsOf = (at: StoreAddress) =>
        withStore(at, ends.clock, async (store) => {
          const client = (await queueNamed(store, 'alice', 'pages')).client('client-a')
          return [await client.walk(1000), await client.head()]
        })
      assert.deepEqual(await requestsOf(ends.to), await requestsOf(ends.from))
    })

    test('refuses a target with other users or queues of the same names, and writes nothing', async (t) => {
      const { from, to, clock } = await prepare(t, fromKind, toKind)
      await withStore(to, clock, async (store) => {
        await store.ensureUser({ username: 'ALICE' })
      })
      const before = await everythingOf(to, clock)
      await assert.rejects(
        copy(from, to),
        /the user alice has the ID \w+ in the target and \w+ in the source/,
      )
      assert.deepEqual(await everythingOf(to, clock), before)

      const merged = await newAddress(t, toKind)
      await copy(from, merged)
      await withStore(merged, clock, async (store) => {
        const queue = await queueNamed(store, 'alice', 'empty')
        await queue.delete()
        await store.getOrCreateQueue({ userId: queue.userId, name: 'EMPTY' })
      })
      await assert.rejects(
        copy(from, merged),
        /the queue empty \(\w+\): another queue, \w+, has its name in the target/,
      )
    })

    test('merges with what the target has of its own', async (t) => {
      const { from, to, clock } = await prepare(t, fromKind, toKind)
      const expected = await withStore(to, clock, async (store) => {
        const carol = await store.ensureUser({ username: 'carol' })
        const { queue } = await store.getOrCreateQueue({ userId: carol.id, name: 'pages' })
        return queue.id
      })
      const report = await copy(from, to)
      assert.deepEqual(report.differences, [])
      await withStore(to, clock, async (store) => {
        assert.equal((await (await queueNamed(store, 'carol', 'pages')).view()).id, expected)
        assert.equal((await (await queueNamed(store, 'bob', 'pages')).counts()).total, 3)
      })
    })
  })
}

describe('a copy', { concurrency: 4 }, () => {
  test('reads no more in one step than it was allowed', async (t) => {
    for (const kind of ['sqlite', 'postgres'] as const) {
      const clock = new ManualClock()
      const from = await newAddress(t, kind)
      await fill(from, clock)
      const source = await driverAt(from).openSource({ stepSize: { rowsMax: 3, bytesMax: 100_000 } })
      try {
        for await (const queues of source.queues()) {
          assert.ok(queues.length <= 3)
          for (const { id } of queues) {
            for await (const step of source.requests(id, null)) {
              assert.ok(step.length >= 1 && step.length <= 3)
              const bytesBeforeLast = step.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0)
              assert.ok(bytesBeforeLast < 100_000)
            }
          }
        }
      } finally {
        await source.close()
      }
    }
  })

  test('does not bring a lock back to life where the clock of the machine is behind', async (t) => {
    // The clocks of the tests are years ahead of the machine's.
    for (const [fromKind, toKind] of directions) {
      const { from, to, clock } = await prepare(t, fromKind, toKind)
      await copy(from, to)
      await withStore(to, new ManualClock(clock.wallMs() - 1_000_000), async (store) => {
        const a = (await queueNamed(store, 'alice', 'pages')).client('client-a')
        const locked = (await a.list({ filter: ['locked'] })).items.map(({ uniqueKey }) => uniqueKey)
        assert.ok(!locked.includes('second'), `${fromKind} to ${toKind}: ${locked}`)
      })
    }
  })

  test('takes over a time that only the clock of a queue in PostgreSQL knows', async (t) => {
    const clock = new ManualClock()
    const from = await newAddress(t, 'postgres')
    const to = await newAddress(t, 'sqlite')
    await withStore(from, clock, async (store) => {
      const { id: userId } = await store.ensureUser({ username: 'alice' })
      await store.getOrCreateQueue({ userId, name: 'pages' })
      const pages = await queueNamed(store, 'alice', 'pages')
      await pages.client('client-a').add('one')
      await pages.client('client-a').lock(10)
      await pages.view()
      // The access is saved at close, when the lock has expired.
      clock.advance(15_000)
    })
    await copy(from, to)
    await withStore(to, new ManualClock(clock.wallMs() - 1_000_000), async (store) => {
      assert.deepEqual(await (await queueNamed(store, 'alice', 'pages')).client('client-b').head(), ['one'])
    })
  })

  test('goes on beside the servers of a target in PostgreSQL, which clear nothing of it away', async (t) => {
    const ends = await prepare(t, 'sqlite', 'postgres')
    await withStore(ends.to, ends.clock, async (server) => {
      const carol = await server.ensureUser({ username: 'carol' })
      const clearings: Promise<void>[] = []
      const onProgress = () => {
        // Each deletion makes the server look for queues to purge.
        clearings.push(
          (async () => {
            const { queue } = await server.getOrCreateQueue({ userId: carol.id, name: null })
            await server.deleteQueue({ userId: carol.id, queue: { queueId: queue.id } })
          })(),
        )
      }
      const report = await copy(ends.from, ends.to, { stepSize: smallSteps, onProgress })
      await Promise.all(clearings)
      assert.deepEqual(report.differences, [])
    })
    await assertSame(ends)
  })
})

const polite = { rules: [{ hosts: ['*.test'], delaySecs: 10 }], adaptive: { maxDelaySecs: 60 } }

function onHost(key: string) {
  return content(key, { url: `https://${key[0]}.test/` })
}

/** Six seconds of work by rules: something has happened in each group. */
async function workByRules(store: Store, clock: ManualClock): Promise<void> {
  const user = await store.findUser({ username: 'alice' })
  await store.getOrCreateQueue({ userId: user!.id, name: 'polite' })
  const queue = await queueNamed(store, 'alice', 'polite')
  const address = { userId: queue.userId, queue: queue.queue }
  await store.putPolicy({ ...address, document: polite, policy: policyOf(polite), version: null })
  const a = queue.client('a')
  await a.addContents(['a1', 'b1', 'c1', 'a2'].map(onHost))
  assert.deepEqual(await a.lock(5), ['a1', 'b1', 'c1'])
  await a.update('a1', { ...onHost('a1'), handledAt: clock.wallMs() })
  await a.update('b1', { ...onHost('b1'), retryCount: 1 })
  await store.setCooldown({ ...address, group: 'd.test', until: clock.wallMs() + 60_000 })
  await a.addContents([onHost('d1')])
  clock.advance(6_000)
  await queue.view()
}

async function lockPolitely(store: Store): Promise<string[]> {
  return (await queueNamed(store, 'alice', 'polite')).client('b').lock(3600)
}
