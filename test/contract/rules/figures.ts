import assert from 'node:assert/strict'
import { content, refuses } from '../../../harness/conversation.ts'
import { MemoryStore } from '../../../harness/oracle/memory-store.ts'
import { randomCall } from '../../../harness/oracle/random-call.ts'
import { Random } from '../../../harness/random.ts'
import type { Rule, Scene } from '../../../harness/scene.ts'
import type { Series } from '../../../src/store/params/figures.ts'
import type { StepSecs } from '../../../src/store/series/figure-columns.ts'

const stepLengths: readonly StepSecs[] = [1, 10, 300]

function figures(scene: Scene, stepSecs: StepSecs, stepCount: number) {
  const { store, user, queue } = scene
  return store.figures({ userId: user.id, queue: queue.queue, stepSecs, stepCount })
}

/** What was done in all of the steps. */
async function totals(scene: Scene, stepSecs: StepSecs = 300) {
  const { series } = await figures(scene, stepSecs, 2)
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  const { pending: _, locked: __, ...deeds } = series
  return Object.fromEntries(Object.entries(deeds).map(([name, values]) => [name, sumOf(values)]))
}

const nothing = { added: 0, handedOut: 0, handled: 0, givenBack: 0, ranOut: 0, failed: 0 }

/** What was done in a queue over time (14.8). */
export function figureRules(rule: Rule, durableRule: Rule): void {
  rule('14.8 each second has what was done in it', async (scene) => {
    const { a, b, clock } = scene
    await a.add('1', '2', '3', '4')
    clock.advance(1000)
    await a.lock(30, 3)
    clock.advance(500)
    await a.finish('1')
    clock.advance(500)
    await a.deleteLock('2')
    clock.advance(1000)
    await b.add('5')
    clock.advance(3000)
    const { series, from, now } = await figures(scene, 1, 8)
    const first = (scene.clock.wallMs() - 6000 - from) / 1000
    const seconds = (values: readonly number[]) => values.slice(first, first + 4)
    assert.deepEqual(seconds(series.added), [4, 0, 0, 1])
    assert.deepEqual(seconds(series.handedOut), [0, 3, 0, 0])
    assert.deepEqual(seconds(series.handled), [0, 1, 0, 0])
    assert.deepEqual(seconds(series.givenBack), [0, 0, 1, 0])
    assert.deepEqual(seconds(series.pending), [4, 3, 3, 4])
    assert.deepEqual(seconds(series.locked), [0, 2, 1, 1])
    assert.deepEqual(series.pending.slice(0, first), Array(first).fill(0))
    assert.deepEqual(now, { totalCount: 5, handledCount: 1, lockedCount: 1 })
  })

  rule('14.8 a lock that runs out is counted when it does, whoever looks', async (scene) => {
    const { a, clock } = scene
    await a.add('1', '2', '3')
    await a.lock(20, 2)
    await a.lock(40, 1)
    await a.prolong('1', 30)
    clock.advance(19_000)
    assert.deepEqual((await totals(scene))['ranOut'], 0)
    clock.advance(10_000)
    assert.deepEqual((await totals(scene))['ranOut'], 1)
    assert.equal((await figures(scene, 1, 1)).now.lockedCount, 2)
    clock.advance(1000)
    // It takes back what it had held.
    await a.prolong('1', 60)
    clock.advance(30_000)
    const { series, now } = await figures(scene, 10, 7)
    assert.equal(now.lockedCount, 1)
    assert.deepEqual(
      series.ranOut.reduce((sum, count) => sum + count),
      3,
    )
    assert.equal(series.locked.at(-1), 1)
    assert.deepEqual(series.locked.slice(-2), [1, 1])
  })

  rule('14.4, 14.8 failed: handled with errors, unless Crawlee says that it is not', async (scene) => {
    const { a } = scene
    const handledAt = scene.clock.wallMs()
    const errors = '"errorMessages":["boom"]'
    const contents: readonly [otherFields: string, isFailed: boolean][] = [
      ['', false],
      ['"errorMessages":[]', false],
      [errors, true],
      [`"userData":{},${errors}`, true],
      [`"userData":{${errors}}`, false],
      [`"userData":{${errors}},"errorMessages":[]`, false],
      [`"userData":{"errorMessages":[]},${errors}`, true],
      [`"userData":{"__crawlee":{"state":6}},${errors}`, true],
      [`"userData":{"__crawlee":{"state":4}},${errors}`, false],
      [`"userData":{"__crawlee":{}},${errors}`, true],
      [`"userData":{"__crawlee":null},${errors}`, true],
      ['"userData":{"text":"\\"errorMessages\\":[1]"}', false],
    ]
    let failed = 0
    for (const [index, [otherFields, isFailed]] of contents.entries()) {
      const key = `page-${index}`
      // Every second one is added as it is, the others are handled later.
      if (index % 2 === 0) await a.add(key)
      const handled = { handledAt, otherFields }
      if (index % 2 === 0) await a.update(key, handled)
      else await a.addContents([content(key, handled)])
      if (isFailed) failed++
      assert.equal((await totals(scene))['failed'], failed, otherFields)
      // A repeated call changes no count.
      await a.update(key, handled)
    }
    assert.deepEqual(await totals(scene), {
      ...nothing,
      added: contents.length,
      handled: contents.length,
      failed,
    })
  })

  rule('14.8 what is refused, or looked at, or known already is not counted', async (scene) => {
    const { a, b } = scene
    await a.add('1', '2')
    await a.add('1')
    await b.add('1', '2')
    await a.lock(10, 1)
    await refuses(b.prolong('1', 10), 'requestLockedByOther')
    await refuses(b.deleteLock('1'), 'requestLockedByOther')
    await a.head()
    await a.get('1')
    await b.update('1', { retryCount: 1 })
    assert.deepEqual(await totals(scene), { ...nothing, added: 2, handedOut: 1 })
    await a.delete('1')
    const { now } = await figures(scene, 1, 1)
    assert.deepEqual(now, { totalCount: 1, handledCount: 0, lockedCount: 0 })
  })

  rule('14.8 nobody else sees the figures of a queue, and a look leaves no trace', async (scene) => {
    const { store, a, queue, user, clock } = scene
    await a.add('1')
    const before = await queue.viewInList((await queue.view()).id)
    clock.advance(5000)
    await figures(scene, 1, 300)
    assert.deepEqual(await queue.viewInList(before.id), before)
    const bob = await store.ensureUser({ username: 'bob' })
    const ask = { stepSecs: 1, stepCount: 1 } as const
    await refuses(store.figures({ ...ask, userId: bob.id, queue: queue.queue }), 'queueNotFound')
    const gone = { ...ask, userId: user.id, queue: { queueId: 'x'.repeat(17) } }
    await refuses(store.figures(gone), 'queueNotFound')
    await queue.delete()
    await refuses(figures(scene, 1, 1), 'queueNotFound')
  })

  durableRule('14.8 figures survive a restart, and locks run out while nothing runs', async (scene) => {
    const { a, clock } = scene
    await a.add('1', '2', '3')
    await a.lock(20, 2)
    await a.finish('1')
    clock.advance(5000)
    const before = await figures(scene, 300, 2)
    const after = await scene.reopen!()
    assert.deepEqual(await figures(after, 300, 2), before)
    await after.a.finish('2')
    assert.equal((await figures(after, 1, 1)).now.lockedCount, 0)
    await after.b.lock(20, 1)
    const last = await after.reopen!()
    clock.advance(30_000)
    assert.deepEqual(await totals(last), { ...nothing, added: 3, handedOut: 3, handled: 2, ranOut: 1 })
  })

  durableRule('14.8 figures agree with what random calls did, in steps of every length', async (first) => {
    let scene = first
    const random = new Random(814)
    const oracle = new MemoryStore(scene.clock, undefined, undefined, true)
    const oracleUser = await oracle.ensureUser({ username: 'alice' })
    const { queue } = await oracle.getOrCreateQueue({ userId: oracleUser.id, name: null })
    const stored = () => oracle.storedQueue(queue.id)!
    for (let round = 0; round < 300; round++) {
      await randomCall(scene, oracle, { userId: oracleUser.id, queue: { queueId: queue.id } }, random)
      scene.clock.advance(250 * random.between(0, random.between(0, 20) === 0 ? 400 : 8))
      if (round % 60 === 59) scene = await scene.reopen!()
      if (round % 20 !== 19) continue
      for (const stepSecs of stepLengths) {
        const stepCount = 40
        const { from, series } = await figures(scene, stepSecs, stepCount)
        const expected = oracle.seriesFrom(stored(), from / 1000, stepSecs, stepCount)
        // The running step of several seconds is not over.
        const complete = (each: Series) =>
          Object.entries(each).map(([name, values]) => [
            name,
            values.slice(0, stepSecs === 1 ? undefined : -1),
          ])
        assert.deepEqual(complete(series), complete(expected), `round ${round}, steps of ${stepSecs} s`)
      }
    }
  })
}
