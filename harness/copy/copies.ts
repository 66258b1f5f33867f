/** Stores to copy between, and their contents. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { StoreAddress } from '../../src/app/config/store-choice.ts'
import { driverAt } from '../../src/app/drivers/driver-of.ts'
import { policyOf } from '../../src/domain/policy/document.ts'
import type { ManualClock } from '../../src/store/clock.ts'
import { type CopyProgress, type CopyReport, copyStore } from '../../src/store/copy/copy.ts'
import type { StepSize } from '../../src/store/copy/ends.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import type { Store } from '../../src/store/store.ts'
import { content, TestQueue } from '../conversation.ts'
import { temporaryDatabaseParts, temporaryDirectory } from '../server-process.ts'

export type Kind = StoreAddress['kind']

/** The address of a new, empty store. The store is removed after the test. */
export async function newAddress(t: TestContext, kind: Kind): Promise<StoreAddress> {
  if (kind === 'sqlite') return { kind, directory: await temporaryDirectory(t) }
  return { kind, ...(await temporaryDatabaseParts(t)) }
}

/** The address in the form of `--from` and `--to`. */
export function textOf(address: StoreAddress): string {
  if (address.kind === 'sqlite') return `sqlite:${address.directory}`
  const url = new URL(address.url)
  url.searchParams.set('schema', address.schema)
  return url.href
}

/** Opens the store, runs the work, checks the store, and closes it. */
export async function withStore<T>(
  address: StoreAddress,
  clock: ManualClock,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await (address.kind === 'sqlite'
    ? openSqliteStore({ directory: address.directory, clock })
    : openPostgresStore({ ...address, clock, connectionsMax: 4 }))
  try {
    const result = await work(store)
    assert.deepEqual(await store.check(), [])
    return result
  } finally {
    await store.close()
  }
}

export interface CopyOptions {
  readonly stepSize?: StepSize
  readonly onProgress?: (progress: CopyProgress) => void
}

export async function copy(
  from: StoreAddress,
  to: StoreAddress,
  { stepSize, onProgress }: CopyOptions = {},
): Promise<CopyReport> {
  const source = await driverAt(from).openSource(stepSize === undefined ? {} : { stepSize })
  try {
    const target = await driverAt(to).openTarget()
    try {
      return await copyStore(source, target, onProgress)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** So small that a queue of a few requests takes many steps. */
export const smallSteps: StepSize = { rowsMax: 2, bytesMax: 1_000_000 }

/** Runs so many steps of a copy, then stops as a process does that is killed between two steps. */
export async function brokenCopy(from: StoreAddress, to: StoreAddress, steps: number): Promise<void> {
  let left = steps
  const onProgress = () => {
    if (--left === 0) throw new Error('broken off')
  }
  await assert.rejects(copy(from, to, { stepSize: smallSteps, onProgress }), /^Error: broken off$/)
}

export const oddText = 'nul \0, escapes \u0001\u0002\u0001, emoji 🦜, quotes \' " \\, {braces}, NULL, tab \t'

/**
 * Fills the store with one of everything: users, tokens, named and unnamed queues, requests on both sides,
 * requests held by clients and by runs, expired locks, handled and deleted requests, and a deleted queue.
 */
export async function fill(address: StoreAddress, clock: ManualClock): Promise<void> {
  await withStore(address, clock, async (store) => {
    const alice = await store.ensureUser({ username: 'alice' })
    const bob = await store.ensureUser({ username: 'Bob' })
    const token = { userId: alice.id, label: null, runId: null, readOnly: false }
    await store.createToken({ ...token, tokenHash: 'hash-1', label: oddText })
    await store.createToken({ ...token, tokenHash: 'hash-2', readOnly: true })
    await store.createToken({ ...token, tokenHash: 'hash-3', userId: bob.id, runId: 'run-1' })

    const open = async (userId: string, name: string | null) => {
      const { queue } = await store.getOrCreateQueue({ userId, name })
      return new TestQueue(store, userId, { queueId: queue.id })
    }
    const gone = await open(alice.id, 'gone')
    await gone.client('x').add('never', 'to', 'be', 'seen')
    const pages = await open(alice.id, 'Pages')
    await open(alice.id, 'empty')
    const unnamed = await open(alice.id, null)
    const bobs = await open(bob.id, 'pages')
    await store.updateQueue({
      userId: alice.id,
      queue: pages.queue,
      title: oddText,
      generalAccess: 'ANYONE_WITH_ID_CAN_READ',
    })

    await putPolicy(pages, { retry: { initialSecs: 1, factor: 2, maxSecs: 60 }, history: true })
    await putPolicy(unnamed, { paused: true })
    await unnamed.store.deletePolicy({ userId: unnamed.userId, queue: unnamed.queue, version: 1 })

    const a = pages.client('client-a')
    const inRun = pages.client('client-r', 'run-1')
    await a.add(...Array.from({ length: 20 }, (_, index) => `page-${index}`))
    clock.advance(5)
    await a.addForefront('first', 'second', 'third')
    await a.addContents([
      content(oddText, {
        url: `https://example.com/${oddText}`,
        otherFields: `"userData":${JSON.stringify(oddText)}`,
      }),
      content('handled from the start', { handledAt: clock.wallMs() }),
      content('large', { otherFields: `"payload":"${'x'.repeat(300_000)}"`, method: 'POST', retryCount: 3 }),
    ])
    await a.lock(10, 2)
    await inRun.lock(60, 3)
    await pages.client('client-b').lock(30, 2)
    await a.finish('third', clock.wallMs())
    await a.delete('page-19')
    await pages.client('client-c').lock(20, 1)
    clock.advance(15_000)
    // The lock of client-a on `second` has expired, and anyone can see that. The lock of client-c has not.
    await pages.view()
    await unnamed.client('only').add('one', 'two')
    await bobs.client('client-b').add('bob-1', 'bob-2', 'bob-3')
    await bobs.client(oddText.slice(0, 20), 'run-1').lock(3600, 1)
    await gone.delete()
  })
}

async function putPolicy({ store, userId, queue }: TestQueue, document: object): Promise<void> {
  await store.putPolicy({ userId, queue, document, policy: policyOf(document), version: null })
}

/**
 * Everything that can be seen of a store. The calls change nothing, except what reading changes in both
 * stores alike.
 */
export async function everythingOf(address: StoreAddress, clock: ManualClock): Promise<object> {
  return withStore(address, clock, async (store) => {
    const users = []
    for (const username of ['alice', 'bob']) {
      const user = await store.findUser({ username })
      if (user === null) continue
      const views = await queuesOf(store, user.id)
      const queues = []
      for (const view of views) {
        const queue = new TestQueue(store, user.id, { queueId: view.id })
        const onlooker = { userId: user.id, queue: queue.queue, client: null, limit: 1000 }
        queues.push({
          view,
          requests: (await store.listRequests({ ...onlooker, afterId: null, filter: null })).items,
          locked: (await store.listRequests({ ...onlooker, afterId: null, filter: ['locked'] })).items,
          head: await store.listHead(onlooker),
          clients: (await store.listClients({ ...onlooker, after: null })).items,
        })
      }
      users.push({ user, queues })
    }
    const access = []
    for (const tokenHash of ['hash-1', 'hash-2', 'hash-3', 'hash-4']) {
      access.push(await store.findCaller({ tokenHash }))
    }
    return { users, access, tokens: await store.listTokens() }
  })
}

export async function queuesOf(store: Store, userId: string) {
  const params = { offset: 0, limit: 1000, desc: false, unnamed: true, ownership: null }
  return (await store.listQueues({ userId, ...params })).items
}

export async function queueNamed(store: Store, username: string, queueName: string): Promise<TestQueue> {
  const user = await store.findUser({ username })
  assert.ok(user !== null)
  return new TestQueue(store, user.id, { ownerName: null, queueName })
}
