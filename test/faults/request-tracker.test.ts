/** The request tracker finds faults that the tables do not show, and reports nothing correct as wrong. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { lossy } from '../../harness/faults/lossy-client.ts'
import { RequestTracker } from '../../harness/faults/request-tracker.ts'
import { newQueue, startWorkers } from '../../harness/faults/workers.ts'
import { Random } from '../../harness/random.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

const key = 'page'
const lockSecs = 3600

/** A queue, a tracker, and clients whose answers get lost where a test says so. */
async function openScene(t: TestContext) {
  const store = await openSqliteStore({ directory: await temporaryDirectory(t) })
  t.after(() => store.close())
  const queue = await newQueue(store, null)
  const tracker = new RequestTracker()
  const tracked = tracker.trackedRequest(key)
  const scene = {
    store,
    queue,
    tracker,
    /** What happens after each try whose answer is lost. Then the call is repeated and answered. */
    add(...afterTries: (() => Promise<unknown>)[]) {
      return tracker.add([key], async () => {
        const answer = await queue.client('adder').add(key)
        const afterTry = afterTries.shift()
        if (afterTry === undefined) return answer
        await afterTry()
        throw new HeadlockError('storeUnavailable', { problem: 'the answer is lost' })
      })
    },
    async take(client: string) {
      assert.deepEqual(await queue.client(client).lock(lockSecs, 1), [key])
      tracked.took(client)
    },
    async giveBack(client: string) {
      tracked.gaveUp(client)
      await queue.client(client).deleteLock(key)
    },
    async takeAndDelete(client: string) {
      await scene.take(client)
      const { hold } = tracked.deleting()
      await queue.client(client).delete(key)
      tracked.deleted(hold)
    },
    /** What a store does that lost a deletion, or did an add twice. */
    comesBack: () => queue.client('nobody').add(key),
    /** What a store does that loses a request. */
    isLost: () => queue.client('nobody').delete(key),
  }
  return { ...scene, tracked }
}

test('a request that was deleted between an add and its repeat may be handed out again', async (t) => {
  const { add, takeAndDelete, take, giveBack, tracker, queue } = await openScene(t)
  await add(() => takeAndDelete('bob'))
  await take('carl')
  assert.equal(tracker.addedAgainCount, 1)
  await giveBack('carl')
  await tracker.compare(queue)
})

test('such a request may also be there and never be handed out', async (t) => {
  const { add, takeAndDelete, tracker, queue } = await openScene(t)
  await add(() => takeAndDelete('bob'))
  await tracker.compare(queue)
})

test('such a request may be deleted by a client that got it before the repeated add is answered', async (t) => {
  const { add, takeAndDelete, tracker, queue } = await openScene(t)
  await add(
    () => takeAndDelete('bob'),
    () => takeAndDelete('carl'),
    () => takeAndDelete('dora'),
  )
  await tracker.compare(queue)
})

test('another client may hold such a request before the deletion is answered', async (t) => {
  const { add, take, giveBack, tracked, tracker, queue } = await openScene(t)
  let hold = tracked.hold
  await add(
    async () => {
      await take('bob')
      hold = tracked.deleting().hold
      await queue.client('bob').delete(key)
    },
    () => take('carl'),
  )
  tracked.deleted(hold!)
  assert.equal(tracked.hold?.holder, 'carl')
  await giveBack('carl')
  await tracker.compare(queue)
})

const wrong: Record<string, (scene: Awaited<ReturnType<typeof openScene>>) => Promise<unknown>> = {
  'after an add that was answered at once': async ({ add, takeAndDelete, comesBack, take }) => {
    await add()
    await takeAndDelete('bob')
    await comesBack()
    await take('carl')
  },
  'after a repeated add that was answered before the deletion': async ({
    add,
    takeAndDelete,
    comesBack,
    take,
  }) => {
    await add(async () => {})
    await takeAndDelete('bob')
    await comesBack()
    await take('carl')
  },
  'more often than its add was repeated': async ({ add, takeAndDelete, comesBack, take }) => {
    await add(async () => {
      await takeAndDelete('bob')
      await comesBack()
      await take('carl')
    })
  },
  'once more than its add was repeated': async ({ add, takeAndDelete, comesBack, take }) => {
    await add(() => takeAndDelete('bob'))
    await takeAndDelete('carl')
    await comesBack()
    await take('dora')
  },
}
for (const [when, play] of Object.entries(wrong)) {
  test(`a request that was deleted and is handed out again is found: ${when}`, async (t) => {
    await assert.rejects(play(await openScene(t)), (error: Error) => {
      assert.match(error.message, /^page was deleted, but is handed out again\n/)
      assert.match(
        error.message,
        /\d\.\d{3} the add is sent\n.* bob has deleted it\n/s,
        'it tells what was before',
      )
      return true
    })
  })
}

test('the repeat of an add finds a request that was lost while a client held it', async (t) => {
  const { add, take, isLost } = await openScene(t)
  const lost = add(async () => {
    await take('bob')
    await isLost()
  })
  await assert.rejects(lost, /page was held by bob, but new when its add was repeated/)
})

test('a request that two clients hold is found, also while one of them deletes it', async (t) => {
  const { add, take, tracked, queue } = await openScene(t)
  const taken = add(async () => {
    await take('bob')
    tracked.deleting()
    await queue.client('bob').deleteLock(key)
    await take('carl')
  })
  await assert.rejects(taken, /page is held by two clients, bob and carl/)
})

test('the comparison finds a deleted request that is still there', async (t) => {
  const { add, takeAndDelete, comesBack, tracker, queue } = await openScene(t)
  await add()
  await takeAndDelete('bob')
  await tracker.compare(queue)
  await comesBack()
  await assert.rejects(tracker.compare(queue), /not expected: page; known of page:\n.* bob has deleted it/s)
})

test('the comparison finds a pending request that cannot be locked', async (t) => {
  const { store, tracker, queue } = await openScene(t)
  const keys = ['one', 'two', 'three']
  await tracker.add(keys, () => queue.client('worker').add(...keys))
  await tracker.compare(queue)

  const lockHead = store.lockHead.bind(store)
  store.lockHead = async (ask) => {
    const answer = await lockHead(ask)
    return { ...answer, items: answer.items.filter(({ uniqueKey }) => uniqueKey !== 'two') }
  }
  await assert.rejects(tracker.compare(queue), /requests that can be locked.* lost: two;/)
})

test('when answers get lost again and again, nothing correct is reported as wrong', async (t) => {
  const { queue } = await openScene(t)
  const random = new Random()
  t.diagnostic(`seed ${random.seed}`)
  const tracker = new RequestTracker()
  const isLost = async () => {
    if (random.next() < 0.8) return false
    // Long enough for others to lock and delete what was added.
    for (let turns = random.pick([0, 0, 100, 500]); turns > 0; turns--) await nextTurn()
    return true
  }
  const clientOf = (name: string) => {
    const client = queue.client(name)
    // What is added last is given out first, so that adds are still under way then.
    client.add = client.addForefront
    return lossy(client, isLost)
  }
  const workers = startWorkers(12, clientOf, tracker)
  while (tracker.addedAgainCount < 2) await Promise.race([tracker.acknowledged(200), workers.failed])
  await workers.stop()
  t.diagnostic(
    `${tracker.acknowledgedCount} calls, ${tracker.refusedCount} answers lost, ${tracker.addedAgainCount} added again`,
  )
  await tracker.compare(queue)
})

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
