/** What each test of the contract starts with, and the full check at its end. */
import assert from 'node:assert/strict'
import { storedBytes } from '../src/domain/request.ts'
import type { ManualClock } from '../src/store/clock.ts'
import type { User } from '../src/store/params/accounts.ts'
import type { Store } from '../src/store/store.ts'
import { usernames } from './clear-store.ts'
import { type QueueClient, TestQueue } from './conversation.ts'
import type { OpenTestStore, TestStore } from './stores.ts'

/** An empty store with one user, one empty unnamed queue, and two clients that have made no call yet. */
export interface Scene {
  readonly store: Store
  readonly clock: ManualClock
  readonly user: User
  readonly queue: TestQueue
  readonly a: QueueClient
  readonly b: QueueClient
  /** Creates another queue of the user. */
  newQueue(name?: string): Promise<TestQueue>
  /** A scene in a store of its own, for tests that close it. */
  another(): Promise<Scene>
  /** The same scene after the store was closed and opened again. Null when the store keeps nothing. */
  readonly reopen: (() => Promise<Scene>) | null
}

/** How the rules register a test. The name begins with the number of the rule. */
export type Rule = (name: string, body: (scene: Scene) => Promise<void>) => void

/** Opens a store, runs the test, and checks everything in the store. */
export async function play(open: OpenTestStore, body: (scene: Scene) => Promise<void>): Promise<void> {
  const stage = new Stage(open)
  try {
    const first = await stage.open()
    await body(first)
    await checkEverything(stage.latest(first).store)
  } catch (error) {
    // The first error is the one to report.
    await stage.destroy().catch(() => {})
    throw error
  }
  await stage.clear()
}

/** The stores that one test opens. */
class Stage {
  readonly #open: OpenTestStore
  readonly #opened: TestStore[] = []
  /** The scene after a restart, by the scene before it. */
  readonly #after = new Map<Scene, Scene>()

  constructor(open: OpenTestStore) {
    this.#open = open
  }

  async open(): Promise<Scene> {
    const opened = await this.#open()
    this.#opened.push(opened)
    const user = await opened.store.ensureUser({ username: 'alice' })
    const { queue } = await opened.store.getOrCreateQueue({ userId: user.id, name: null })
    return this.#scene(opened, opened.store, user, queue.id)
  }

  /** The scene after the last restart. */
  latest(scene: Scene): Scene {
    const after = this.#after.get(scene)
    return after === undefined ? scene : this.latest(after)
  }

  async clear(): Promise<void> {
    for (const opened of this.#opened) await opened.discard()
  }

  async destroy(): Promise<void> {
    for (const opened of this.#opened) await (opened.destroy ?? opened.discard)()
  }

  #scene(opened: TestStore, store: Store, user: User, queueId: string): Scene {
    const queue = new TestQueue(store, user.id, { queueId })
    const reopen = async () => {
      const after = this.#scene(opened, await opened.reopen!(), user, queueId)
      this.#after.set(scene, after)
      return after
    }
    const scene: Scene = {
      store,
      clock: opened.clock,
      user,
      queue,
      a: queue.client('client-a'),
      b: queue.client('client-b'),
      async newQueue(name) {
        const created = await store.getOrCreateQueue({ userId: user.id, name: name ?? null })
        return new TestQueue(store, user.id, { queueId: created.queue.id })
      },
      another: () => this.open(),
      reopen: opened.reopen && reopen,
    }
    return scene
  }
}

/** The store finds nothing wrong with itself, and every count agrees with the requests (7.1, 7.4). */
export async function checkEverything(store: Store): Promise<void> {
  assert.deepEqual(await store.check(), [])
  for (const username of usernames) {
    const user = await store.findUser({ username })
    if (user === null) continue
    const page = await store.listQueues({
      userId: user.id,
      offset: 0,
      limit: 1000,
      desc: false,
      unnamed: true,
      ownership: null,
    })
    assert.equal(page.items.length, Math.min(page.total, 1000))
    for (const view of page.items) {
      const queue = new TestQueue(store, user.id, { queueId: view.id })
      const requests = await queue.client('check').walk(1000)
      let bytes = 0
      for (const request of requests) bytes += storedBytes(request)
      const handled = requests.filter((request) => request.handledAt !== null)
      assert.equal(view.totalRequestCount, requests.length, 'totalRequestCount')
      assert.equal(view.handledRequestCount, handled.length, 'handledRequestCount')
      assert.equal(view.stats.storageBytes, bytes, 'storageBytes')
    }
  }
}
