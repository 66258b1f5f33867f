/**
 * What the model test does to a store, as plain data: a command can be printed, shrunk, and run on any store. Keys,
 * clients, runs, sides and times are few, so that commands meet each other all the time.
 */
import fc from 'fast-check'
import { type ErrorName, HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { Side } from '../../src/domain/order.ts'
import type { QueueView } from '../../src/domain/queue.ts'
import type { RequestContent, RequestView } from '../../src/domain/request.ts'
import type { ManualClock } from '../../src/store/clock.ts'
import type { LockedHead, QueueAddress, QueueAsk, Store } from '../../src/store/store.ts'
import { content } from '../support/conversation.ts'

/** The queues that commands are about: two with these names, and the unnamed one that was made last. */
const slots = ['crawl', 'shop', 'unnamed'] as const
type Slot = (typeof slots)[number]

interface OnQueue {
  readonly slot: Slot
  /** By its name or `username~name` instead of its ID. */
  readonly by: 'id' | 'name' | 'owner'
}

interface ByClient extends OnQueue {
  /** `holder` is the client of the last head/lock in that queue. */
  readonly client: Client | 'holder'
}

/** A unique key; `held` is the first request that the last head/lock in that queue handed out. */
type Key = string
const held: Key = 'held'

/** What is sent of a request. */
interface Sent {
  readonly key: Key
  readonly handled: boolean
  readonly retryCount: number
  readonly note: string
}

export type Command =
  | (ByClient & { readonly do: 'addRequests'; readonly requests: Sent[]; readonly side: Side })
  | (ByClient & { readonly do: 'updateRequest'; readonly request: Sent; readonly side: Side })
  | (ByClient & { readonly do: 'deleteRequest'; readonly key: Key })
  | (ByClient & { readonly do: 'deleteRequests'; readonly keys: string[] })
  | (OnQueue & { readonly do: 'getRequest'; readonly key: Key })
  | (ByClient & {
      readonly do: 'listRequests'
      readonly limit: number
      readonly afterKey: string | null
      readonly filter: ('locked' | 'pending')[] | null
    })
  | (ByClient & { readonly do: 'listHead'; readonly limit: number })
  | (ByClient & { readonly do: 'lockHead'; readonly limit: number; readonly lockMs: number })
  /** Of the last lockHead that was answered in that queue. */
  | (OnQueue & { readonly do: 'returnLocks' })
  | (ByClient & {
      readonly do: 'prolongLock'
      readonly key: Key
      readonly lockMs: number
      readonly side: Side | undefined
    })
  | (ByClient & { readonly do: 'deleteLock'; readonly key: Key; readonly side: Side })
  | (ByClient & { readonly do: 'unlockRequests'; readonly hasClientKey: boolean })
  | (OnQueue & { readonly do: 'getQueue'; readonly user: 'alice' | 'bob' })
  | { readonly do: 'getOrCreateQueue'; readonly slot: Slot }
  | (OnQueue & {
      readonly do: 'updateQueue'
      readonly name: string | null | undefined
      readonly title: string | null | undefined
    })
  | (OnQueue & { readonly do: 'deleteQueue' })
  | {
      readonly do: 'listQueues'
      readonly offset: number
      readonly limit: number
      readonly desc: boolean
      readonly unnamed: boolean
    }
  | { readonly do: 'expireQueues'; readonly retentionMs: number }
  /** Calls that are sent together, before any of them is answered; a store takes them in any order. */
  | { readonly do: 'together'; readonly commands: Command[] }
  /** Time passes. */
  | { readonly do: 'advance'; readonly ms: number }
  /** Somebody sets the wall clock. */
  | { readonly do: 'jump'; readonly ms: number }

// How commands are made up

const second = 1000
const keys = Array.from({ length: 12 }, (_, index) => `page-${index}`)
const newOrOld = fc.constantFrom(...keys)
const key = fc.constantFrom(...keys, ...keys.map(() => held))
const clients: Client[] = [
  { clientKey: 'a', runId: null },
  { clientKey: 'b', runId: null },
  { clientKey: 'c', runId: 'run-1' },
  { clientKey: 'd', runId: 'run-1' },
  { clientKey: 'e', runId: 'run-2' },
  { clientKey: 'a', runId: 'run-2' },
]
const client = fc.constantFrom<Client | 'holder'>(...clients, 'holder', 'holder', 'holder')
const side = fc.constantFrom<Side>('end', 'forefront')
const slot = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Slot>('crawl') },
  { weight: 3, arbitrary: fc.constantFrom(...slots) },
)
const by = fc.constantFrom<OnQueue['by']>('id', 'id', 'id', 'name', 'owner')
const lockMs = fc.constantFrom(1, second, 2 * second, 2 * second, 5 * second, 60 * second)
const sentParts = {
  key,
  handled: fc.constantFrom(false, false, false, false, true),
  retryCount: fc.nat(3),
  note: fc.constantFrom('', '"userData":{"n":1}', '"userData":{"n":"žluť"}'),
}
const sent: fc.Arbitrary<Sent> = fc.record(sentParts)
const added: fc.Arbitrary<Sent> = fc.record({ ...sentParts, key: newOrOld })
const handling: fc.Arbitrary<Sent> = sent.map((request) => ({ ...request, handled: true }))
const onQueue = { slot, by }
const byClient = { ...onQueue, client }

/** Calls that change something: those that may be sent together. */
const change: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('addRequests' as const),
      ...byClient,
      requests: fc.array(added, { minLength: 1, maxLength: 5 }),
      side,
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('lockHead' as const),
      ...byClient,
      limit: fc.constantFrom(1, 1, 2, 3, 25),
      lockMs,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('prolongLock' as const),
      ...byClient,
      key,
      lockMs,
      side: fc.option(side, { nil: undefined }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('deleteLock' as const), ...byClient, key, side }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('unlockRequests' as const),
      ...byClient,
      hasClientKey: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('updateRequest' as const), ...byClient, request: sent, side }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('updateRequest' as const), ...byClient, request: handling, side }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteRequest' as const), ...byClient, key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('deleteRequests' as const),
      ...byClient,
      keys: fc.array(newOrOld, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('returnLocks' as const), ...onQueue }) },
)

const read: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('getRequest' as const), ...onQueue, key }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('listRequests' as const),
      ...byClient,
      limit: fc.constantFrom(1, 2, 5, 1000),
      afterKey: fc.option(newOrOld, { nil: null }),
      filter: fc.constantFrom<('locked' | 'pending')[] | null>(
        null,
        ['locked'],
        ['pending'],
        ['locked', 'pending'],
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('listHead' as const),
      ...byClient,
      limit: fc.constantFrom(1, 3, 1000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('getQueue' as const),
      ...onQueue,
      user: fc.constantFrom('alice' as const, 'alice' as const, 'alice' as const, 'bob' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('listQueues' as const),
      offset: fc.nat(3),
      limit: fc.constantFrom(1, 2, 1000),
      desc: fc.boolean(),
      unnamed: fc.boolean(),
    }),
  },
)

/** Few, for after most of these there is less to go wrong. */
const queueChange: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('getOrCreateQueue' as const), slot }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('updateQueue' as const),
      ...onQueue,
      name: fc.constantFrom<string | null | undefined>(
        'crawl',
        'SHOP',
        'other',
        '-',
        null,
        undefined,
        undefined,
      ),
      title: fc.constantFrom<string | null | undefined>('A title', null, undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteQueue' as const), ...onQueue }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('expireQueues' as const),
      retentionMs: fc.constantFrom(60 * second, 3600 * second),
    }),
  },
)

const time: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1, 999, second, second, 2 * second, 5 * second, 60 * second),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      ms: fc.constantFrom(-3600 * second, -second, -1, 1, second, 3600 * second),
    }),
  },
)

/**
 * Calls that come together go by ID: a name may have to be looked up first, which makes their order anybody's guess. Calls
 * that come in any order are what test/histories is about.
 */
function byId(command: Command): Command {
  return 'by' in command ? { ...command, by: 'id' } : command
}

/** Any command; most of them change a request or a lock. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 55, arbitrary: change },
  { weight: 14, arbitrary: read },
  { weight: 18, arbitrary: time },
  { weight: 4, arbitrary: queueChange },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('together' as const),
      commands: fc.array(change.map(byId), { minLength: 2, maxLength: 5 }),
    }),
  },
)

// How commands are done

/** What came of a command, in a form that is the same for every store. */
export type Outcome = { readonly answer: unknown } | { readonly refused: ErrorName } | readonly Outcome[]

/** One store under the commands, with what has to be remembered of its answers. */
export class World {
  readonly store: Store
  readonly #clock: ManualClock
  readonly #ownerName: string
  readonly #userIds = new Map<string, string>()
  readonly #queueIds = new Map<Slot, string>()
  readonly #lastLocked = new Map<Slot, { client: Client; head: LockedHead }>()
  /** Random IDs, and what stands for them in an outcome. */
  readonly #labels = new Map<string, string>()

  private constructor(store: Store, clock: ManualClock, ownerName: string) {
    this.store = store
    this.#clock = clock
    this.#ownerName = ownerName
  }

  /**
   * Two users; one of them has a queue in each slot, the first of them with most of the keys in it.
   *
   * @param run tells the users of this run from those of others in the same store
   */
  static async begin(store: Store, clock: ManualClock, run = ''): Promise<World> {
    const world = new World(store, clock, `alice${run}`)
    for (const user of ['alice', 'bob']) {
      const { id, username } = await store.ensureUser({ username: `${user}${run}` })
      world.#userIds.set(user, id)
      world.#labels.set(id, user)
      world.#labels.set(username, user)
    }
    for (const slot of slots) await world.run({ do: 'getOrCreateQueue', slot })
    for (const side of ['forefront', 'end'] as const) {
      const from = side === 'forefront' ? 0 : 4
      const requests = keys
        .slice(from, from + 4)
        .map((key) => ({ key, handled: false, retryCount: 0, note: '' }))
      await world.run({ do: 'addRequests', slot: 'crawl', by: 'id', client: clients[0]!, requests, side })
    }
    return world
  }

  async run(command: Command): Promise<Outcome> {
    if (command.do === 'together') return Promise.all(command.commands.map((each) => this.run(each)))
    try {
      return { answer: this.#labelled(await this.#call(command)) }
    } catch (error) {
      if (error instanceof HeadlockError) return { refused: error.errorName }
      throw error
    }
  }

  /** Everything that can be seen of all queues; at the end also what becomes of the locks. */
  async wholeState(): Promise<unknown> {
    const { store } = this
    const userId = this.#userIds.get('alice')!
    const looker = { clientKey: 'looker', runId: null }
    const views = await this.#allQueues()
    const queues = []
    for (const view of views) {
      const ask = { userId, queue: { queueId: view.id }, client: looker }
      const requests: RequestView[] = []
      for (let afterId: string | null = null; ; ) {
        const page = await store.listRequests({ ...ask, limit: 5, afterId, filter: null })
        requests.push(...page.items)
        if (!page.hasMore) break
        afterId = page.items.at(-1)!.id
      }
      const locked = await store.listRequests({ ...ask, limit: 1000, afterId: null, filter: ['locked'] })
      const head = await store.listHead({ ...ask, limit: 1000 })
      queues.push({ view, requests, locked, head })
    }
    return this.#labelled({ queues, problems: await store.check() })
  }

  /** Leaves nothing behind that another run in the same store could see. */
  async end(): Promise<void> {
    const userId = this.#userIds.get('alice')!
    for (const { id } of await this.#allQueues()) {
      await this.store.deleteQueue({ userId, queue: { queueId: id } })
    }
  }

  async #allQueues(): Promise<QueueView[]> {
    const userId = this.#userIds.get('alice')!
    const all = { offset: 0, limit: 1000, desc: false, unnamed: true, ownership: null }
    return (await this.store.listQueues({ userId, ...all })).items
  }

  async #call(command: Exclude<Command, { do: 'together' }>): Promise<unknown> {
    const { store } = this
    switch (command.do) {
      case 'addRequests':
        return store.addRequests({
          ...this.#asClient(command),
          requests: command.requests.map((request) => this.#content(command, request)),
          side: command.side,
        })
      case 'updateRequest':
        return store.updateRequest({
          ...this.#asClient(command),
          request: this.#content(command, command.request),
          side: command.side,
        })
      case 'deleteRequest':
        return store.deleteRequest({
          ...this.#asClient(command),
          requestId: requestIdOf(this.#key(command, command.key)),
        })
      case 'deleteRequests':
        return store.deleteRequests({
          ...this.#asClient(command),
          requestIds: command.keys.map(requestIdOf),
        })
      case 'getRequest':
        return store.getRequest({
          ...this.#ask(command),
          requestId: requestIdOf(this.#key(command, command.key)),
        })
      case 'listRequests':
        return store.listRequests({
          ...this.#asClient(command),
          limit: command.limit,
          afterId: command.afterKey === null ? null : requestIdOf(command.afterKey),
          filter: command.filter,
        })
      case 'listHead':
        return store.listHead({ ...this.#asClient(command), limit: command.limit })
      case 'lockHead': {
        const { slot, limit, lockMs } = command
        const ask = this.#asClient(command)
        const head = await store.lockHead({ ...ask, limit, lockMs })
        if (head.items.length > 0) this.#lastLocked.set(slot, { client: ask.client, head })
        return head
      }
      case 'returnLocks': {
        const last = this.#lastLocked.get(command.slot)
        if (last === undefined) return undefined
        return store.returnLocks({
          ...this.#ask(command),
          clientKey: last.client.clientKey,
          requestIds: last.head.items.map((item) => item.id),
          lockExpiresAt: last.head.lockExpiresAt,
        })
      }
      case 'prolongLock':
        return store.prolongLock({
          ...this.#asClient(command),
          requestId: requestIdOf(this.#key(command, command.key)),
          lockMs: command.lockMs,
          side: command.side,
        })
      case 'deleteLock':
        return store.deleteLock({
          ...this.#asClient(command),
          requestId: requestIdOf(this.#key(command, command.key)),
          side: command.side,
        })
      case 'unlockRequests':
        return store.unlockRequests({
          ...this.#asClient(command),
          hasClientKey: command.hasClientKey,
        })
      case 'getQueue':
        return store.getQueue({ ...this.#ask(command), userId: this.#userIds.get(command.user)! })
      case 'getOrCreateQueue': {
        const name = command.slot === 'unnamed' ? null : command.slot
        const made = await store.getOrCreateQueue({ userId: this.#userIds.get('alice')!, name })
        if (!this.#labels.has(made.queue.id)) {
          this.#labels.set(made.queue.id, `queue ${this.#labels.size}`)
        }
        this.#queueIds.set(command.slot, made.queue.id)
        return made
      }
      case 'updateQueue':
        return store.updateQueue({
          ...this.#ask(command),
          ...(command.name === undefined ? {} : { name: command.name }),
          ...(command.title === undefined ? {} : { title: command.title }),
        })
      case 'deleteQueue':
        return store.deleteQueue(this.#ask(command))
      case 'listQueues': {
        const { offset, limit, desc, unnamed } = command
        const userId = this.#userIds.get('alice')!
        return store.listQueues({ userId, offset, limit, desc, unnamed, ownership: null })
      }
      case 'expireQueues':
        return store.expireQueues({ retentionMs: command.retentionMs })
      case 'advance':
        return this.#clock.advance(command.ms)
      case 'jump':
        this.#clock.jump(command.ms)
        // Every store has now seen that time. Whether a call that is refused looks at the clock is its own affair,
        // but it would decide whether a jump forward and back again has happened.
        return store.ping()
    }
  }

  #ask({ slot, by }: OnQueue): QueueAsk {
    const ids: QueueAddress = { queueId: this.#queueIds.get(slot)! }
    const names: QueueAddress = { ownerName: by === 'owner' ? this.#ownerName : null, queueName: slot }
    return { userId: this.#userIds.get('alice')!, queue: by === 'id' || slot === 'unnamed' ? ids : names }
  }

  #asClient(command: ByClient): QueueAsk & { client: Client } {
    const holder = this.#lastLocked.get(command.slot)?.client ?? clients[0]!
    return { ...this.#ask(command), client: command.client === 'holder' ? holder : command.client }
  }

  #key({ slot }: OnQueue, key: Key): string {
    return key === held ? (this.#lastLocked.get(slot)?.head.items[0]?.uniqueKey ?? keys[0]!) : key
  }

  #content(on: OnQueue, { key, handled, retryCount, note }: Sent): RequestContent {
    const handledAt = handled ? Date.UTC(2030, 0, 1) : null
    return content(this.#key(on, key), { handledAt, retryCount, otherFields: note })
  }

  /** The same value with a label in place of every random ID. */
  #labelled(value: unknown): unknown {
    if (typeof value === 'string') return this.#labels.get(value) ?? value
    if (Array.isArray(value)) return value.map((each) => this.#labelled(each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#labelled(each)]))
  }
}
