/** Runs the commands of the model test on one store and records the outcomes. */
import { type ErrorName, HeadlockError } from '../../src/domain/errors.ts'
import { requestIdOf } from '../../src/domain/identity.ts'
import type { Client } from '../../src/domain/lifecycle.ts'
import type { RequestContent } from '../../src/domain/request.ts'
import type { ManualClock } from '../../src/store/clock.ts'
import type { LockedHead } from '../../src/store/params/head-and-locks.ts'
import type { QueueAddress, QueueParams } from '../../src/store/params/queues.ts'
import type { Store } from '../../src/store/store.ts'
import { content } from '../conversation.ts'
import { actionOf, selectionOf } from './acting.ts'
import {
  type Asks,
  type ByClient,
  type Command,
  clients,
  held,
  keys,
  lost,
  type OnQueue,
  type Sent,
  type Steps,
  slots,
  type TakenLocks,
} from './commands.ts'
import { assertKept, foresee, foreseenMax } from './foresight.ts'
import { clientPages, hostPages, walk } from './pages.ts'
import { policyFrom } from './policy-document.ts'
import { withPriority } from './priority-field.ts'

/** The outcome of a command, in a form that is the same for every store. */
export type Outcome = { readonly answer: unknown } | { readonly refused: ErrorName } | readonly Outcome[]

/** One store that runs the commands, with the parts of its answers that later commands refer to. */
export class World {
  store: Store
  readonly #reopen: (() => Promise<Store>) | null
  readonly #clock: ManualClock
  #wasSetBack = false
  readonly #ownerName: string
  readonly #userIds = new Map<string, string>()
  /** By slot, and by label. */
  readonly #queueIds = new Map<string, string>()
  readonly #lastLocked = new Map<string, TakenLocks>()
  readonly #lockedBefore = new Map<string, TakenLocks>()
  /** Random IDs, and the labels that replace them in outcomes. */
  readonly #labels = new Map<string, string>()

  private constructor(
    store: Store,
    clock: ManualClock,
    ownerName: string,
    reopen: (() => Promise<Store>) | null,
  ) {
    this.store = store
    this.#reopen = reopen
    this.#clock = clock
    this.#ownerName = ownerName
  }

  /**
   * Creates two users. One of them gets a queue in each slot, and the first queue gets most of the keys.
   *
   * @param run distinguishes the users of this run from those of other runs in the same store
   * @param reopen restarts the store. Null: it keeps nothing, so it goes on as it is
   */
  static async begin(
    store: Store,
    clock: ManualClock,
    run = '',
    reopen: (() => Promise<Store>) | null = null,
  ): Promise<World> {
    const world = new World(store, clock, `alice${run}`, reopen)
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

  /**
   * The same command with everything filled in that depends on earlier answers of this store. Another store
   * can then run exactly this command, even if its last answers came in another order.
   */
  asked(command: Command): Command {
    switch (command.do) {
      case 'together':
        return { ...command, commands: command.commands.map((each) => this.asked(each)) }
      case 'returnLocks':
        return { ...command, locks: this.#locks(command) }
      case 'addRequests': {
        const requests = command.requests.map((request) => this.#sent(command, request))
        return { ...command, requests, client: this.#client(command) }
      }
      case 'updateRequest': {
        const request = this.#sent(command, command.request)
        return { ...command, request, client: this.#client(command) }
      }
      case 'getRequest':
      case 'getHistory':
        return { ...command, key: this.#key(command, command.key) }
      case 'act':
      case 'setCooldown':
        return { ...command, until: command.until ?? this.#clock.wallMs() + command.inMs }
      case 'deleteRequest':
        return { ...command, key: this.#key(command, command.key), client: this.#client(command) }
      case 'prolongLock':
        return { ...command, key: this.#key(command, command.key), client: this.#client(command) }
      case 'deleteLock':
        return { ...command, key: this.#key(command, command.key), client: this.#client(command) }
      default:
        return 'client' in command ? { ...command, client: this.#client(command) } : command
    }
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

  /**
   * The ID of the queue that the command concerns. Null: the queue does not exist, or the command concerns
   * all or none.
   */
  async queueIdOf(command: Command): Promise<string | null> {
    if ('by' in command) return this.store.findQueueId(this.#params(command))
    if (command.do !== 'getOrCreateQueue' || command.slot === 'unnamed') return null
    return this.store.findQueueId(this.#params({ ...command, by: 'name' }))
  }

  /** The label that outcomes show in place of the ID. */
  labelOf(id: string): string {
    return this.#labels.get(id) ?? id
  }

  /** Removes everything that another run in the same store could see. */
  async end(): Promise<void> {
    const userId = this.#userIds.get('alice')!
    const all = { offset: 0, limit: 1000, desc: false, unnamed: true, ownership: null }
    for (const { id } of (await this.store.listQueues({ userId, ...all })).items) {
      await this.store.deleteQueue({ userId, queue: { queueId: id } })
    }
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
          ...this.#params(command),
          requestId: requestIdOf(this.#key(command, command.key)),
        })
      case 'act': {
        const { action, until, inSteps } = command
        const outcome = await store.actOnRequests({
          ...this.#params(command),
          action: actionOf(action, until!),
          selection: selectionOf(command),
          isDryRun: false,
          answerWithinMs: answerWithinMs(inSteps),
        })
        return 'jobId' in outcome ? this.#finished(outcome.jobId, inSteps) : outcome
      }
      case 'fork': {
        const { name, inSteps } = command
        const { userId, queue } = this.#params(command)
        const selection = selectionOf(command)
        const forked = { userId, queue, name, selection, answerWithinMs: answerWithinMs(inSteps) }
        const { queue: made, jobId } = await store.forkQueue(forked)
        if (jobId !== null) await this.#finished(jobId, inSteps)
        this.#label(made.id)
        return jobId === null ? made : this.store.getQueue({ userId, queue: { queueId: made.id } })
      }
      case 'getHistory':
        return store.getRequestHistory({
          ...this.#params(command),
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
        const params = this.#asClient(command)
        const head = await store.lockHead({ ...params, limit, lockMs })
        if (head.items.length > 0) {
          const last = this.#lastLocked.get(slot)
          if (last !== undefined) this.#lockedBefore.set(slot, last)
          this.#lastLocked.set(slot, { client: params.client, head })
        }
        return head
      }
      case 'foresee': {
        const foresight = await foresee(store, this.#params(command))
        const { slot, by, client, lockMs } = command
        const head = await this.#call({ do: 'lockHead', slot, by, client, lockMs, limit: foreseenMax })
        assertKept(foresight, head as LockedHead)
        return { ...foresight, head }
      }
      case 'returnLocks': {
        const locks = this.#locks(command)
        if (locks === null) return undefined
        return store.returnLocks({
          ...this.#params(command),
          clientKey: locks.client.clientKey,
          requestIds: locks.head.items.map((item) => item.id),
          lockExpiresAt: locks.head.lockExpiresAt,
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
        return store.getQueue({ ...this.#params(command), userId: this.#userIds.get(command.user)! })
      case 'getOrCreateQueue': {
        const name = command.slot === 'unnamed' ? null : command.slot
        const made = await store.getOrCreateQueue({ userId: this.#userIds.get('alice')!, name })
        this.#label(made.queue.id)
        this.#queueIds.set(command.slot, made.queue.id)
        return made
      }
      case 'updateQueue':
        return store.updateQueue({
          ...this.#params(command),
          ...(command.name === undefined ? {} : { name: command.name }),
          ...(command.title === undefined ? {} : { title: command.title }),
        })
      case 'deleteQueue':
        return store.deleteQueue(this.#params(command))
      case 'listQueues': {
        const { offset, limit, desc, unnamed } = command
        const userId = this.#userIds.get('alice')!
        return store.listQueues({ userId, offset, limit, desc, unnamed, ownership: null })
      }
      case 'expireQueues':
        return store.expireQueues({ retentionMs: command.retentionMs })
      case 'revisitRequests':
        return revisitAll(store)
      case 'explainQueue':
        return store.explainQueue(this.#params(command))
      case 'listFailures':
        return store.listFailures({ ...this.#params(command), limit: 100 })
      case 'listClients':
        return clientPages(store, this.#params(command), command.limit)
      case 'listHosts':
        return hostPages(store, this.#params(command), command)
      case 'findRequests':
        return walk(store, this.#params(command), command)
      case 'getPolicy':
        return store.getPolicy(this.#params(command))
      case 'putPolicy': {
        const { document } = command
        return store.putPolicy({
          ...this.#params(command),
          document,
          policy: policyFrom(document),
          version: null,
        })
      }
      case 'deletePolicy':
        return store.deletePolicy({ ...this.#params(command), version: null })
      case 'setCooldown': {
        const { group, until } = command
        return store.setCooldown({ ...this.#params(command), group, until: until! })
      }
      case 'endCooldown':
        return store.endCooldown({ ...this.#params(command), group: command.group })
      case 'restart':
        return this.#restart()
      case 'advance':
        return this.#clock.advance(command.ms)
      case 'advanceTo':
        throw new Error('only the oracle knows these moments (Oracle.asked)')
      case 'jump':
        this.#clock.jump(command.ms)
        if (command.ms < 0) this.#wasSetBack = true
        // Makes every store read this time now. A failed call may or may not read the clock. Without the
        // ping, that would decide whether a store sees a jump forward and back again.
        return store.ping()
    }
  }

  async #restart(): Promise<void> {
    // A store that starts after the wall clock was set back may go on from another time than the oracle: it knows
    // only the times that it stored.
    if (this.#wasSetBack) return
    if (this.#reopen !== null) this.store = await this.#reopen()
    // As at a jump: the store reads the time now, and not only when the clock may have been set back.
    await this.store.ping()
  }

  /** Takes the steps of a job, and tells what it did in all. */
  async #finished(jobId: string, inSteps: Steps | undefined): Promise<{ matched: number; done: number }> {
    if (inSteps === 'with a restart') {
      await this.store.continueJobs()
      await this.#restart()
    }
    while (await this.store.continueJobs()) {}
    const { matched, done } = await this.store.getJob({ userId: this.#userIds.get('alice')!, jobId })
    return { matched, done }
  }

  #label(queueId: string): void {
    if (this.#labels.has(queueId)) return
    const label = `queue ${this.#labels.size}`
    this.#labels.set(queueId, label)
    this.#queueIds.set(label, queueId)
  }

  #params({ slot, by }: OnQueue): QueueParams {
    const ids: QueueAddress = { queueId: this.#queueIds.get(slot)! }
    const names: QueueAddress = { ownerName: by === 'owner' ? this.#ownerName : null, queueName: slot }
    return { userId: this.#userIds.get('alice')!, queue: by === 'id' || slot === 'unnamed' ? ids : names }
  }

  #asClient(command: ByClient): QueueParams & { client: Client } {
    return { ...this.#params(command), client: this.#client(command) }
  }

  #client({ slot, client }: ByClient): Client {
    if (client === 'holder') return this.#lastLocked.get(slot)?.client ?? clients[0]!
    return client === 'earlier' ? (this.#lockedBefore.get(slot)?.client ?? clients[0]!) : client
  }

  #key({ slot }: OnQueue, key: string): string {
    const locks = { [held]: this.#lastLocked, [lost]: this.#lockedBefore }[key]
    return locks === undefined ? key : (locks.get(slot)?.head.items[0]?.uniqueKey ?? keys[0]!)
  }

  #locks({ slot, locks }: Command & { do: 'returnLocks' }): TakenLocks | null {
    return locks === undefined ? (this.#lastLocked.get(slot) ?? null) : locks
  }

  #sent(on: OnQueue, sent: Sent): Sent {
    const { asks } = sent
    const inMs = asks?.notBeforeInMs
    const filled =
      inMs === undefined ? {} : { asks: { notBefore: this.#clock.wallMs() + inMs, ...asks } satisfies Asks }
    return { ...sent, ...filled, key: this.#key(on, sent.key) }
  }

  #content(on: OnQueue, { key, handled, retryCount, note, host, asks }: Sent): RequestContent {
    const handledAt = handled ? Date.UTC(2030, 0, 1) : null
    const { notBeforeInMs: _, ...wishes } = asks ?? {}
    return content(this.#key(on, key), {
      handledAt,
      retryCount,
      otherFields: withPriority(note, wishes.priority),
      ...(host === undefined ? {} : { url: `https://${host}/${key}` }),
      ...(Object.keys(wishes).length === 0 ? {} : { wishes }),
    })
  }

  /** The same value with labels in place of random IDs. */
  #labelled(value: unknown): unknown {
    if (typeof value === 'string') return this.#labels.get(value) ?? value
    if (Array.isArray(value)) return value.map((each) => this.#labelled(each))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, this.#labelled(each)]))
  }
}

function answerWithinMs(inSteps: Steps | undefined): number {
  return inSteps === undefined ? 60_000 : 0
}

async function revisitAll(store: Store): Promise<void> {
  while (await store.revisitRequests()) {}
}
