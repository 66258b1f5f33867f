import { type Calls, idOf, urlOf } from './calls.ts'
import type { Answer } from './connection.ts'

/** What one turn of a workload did. */
export interface Turn {
  /** Requests of the queue it moved: 25 for a batch, 1 for a single call. */
  readonly requests: number
}

/** A closed loop: each connection makes its next turn when the last one was answered. */
export interface Workload {
  readonly name: string
  /** Makes one turn; null when there is nothing left to do. `call` measures every call it makes. */
  turn(call: Call, client: number): Promise<Turn | null>
}

/** Numbers that all workloads of a load process draw from, so that what is meant to be new is new. */
export class UrlNumbers {
  #next: number

  constructor(first: number) {
    this.#next = first
  }

  next(): number {
    return this.#next++
  }
}

export const batchSize = 25

/** Makes the workload of that name. `range` is what is in the queue before, by number. */
export function workloadOf(
  name: string,
  calls: Calls,
  numbers: UrlNumbers,
  range: { first: number; count: number },
): Workload {
  const keyOf = (client: number) => `bench-client-${client}`
  const known = (index: number) => urlOf(range.first + (index % Math.max(1, range.count)))
  let counter = 0
  switch (name) {
    case 'echo-add':
    case 'single-add':
      return single(name, (client) => calls.add(urlOf(numbers.next()), keyOf(client)), 201)
    case 'single-add-half-known':
      return single(
        name,
        (client) =>
          calls.add(counter++ % 2 === 0 ? urlOf(numbers.next()) : known(counter * 7919), keyOf(client)),
        201,
      )
    case 'echo-get':
    case 'get-request':
      return single(name, () => calls.get(idOf(known(counter++ * 7919))), 200)
    case 'mark-handled':
      return single(
        name,
        (client) => {
          const url = known(counter++)
          return calls.markHandled(idOf(url), url, keyOf(client))
        },
        200,
      )
    case 'prolong':
      return prolonging(calls, keyOf)
    case 'batch-add':
      return {
        name,
        async turn(call, client) {
          const urls = Array.from({ length: batchSize }, () => urlOf(numbers.next()))
          expect(await call(calls.batchAdd(urls, keyOf(client))), 201)
          return { requests: batchSize }
        },
      }
    case 'lock-head':
      return {
        name,
        async turn(call, client) {
          const items = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(client))), 200))
          return items.length === 0 ? null : { requests: items.length }
        },
      }
    case 'drain':
      return consuming(name, calls, keyOf, async (call, item, client) => {
        expect(await call(calls.markHandled(item.id, item.url, keyOf(client))), 200)
      })
    case 'crawl-cycle':
      return consuming(name, calls, keyOf, async (call, item, client) => {
        expect(await call(calls.get(item.id)), 200)
        const links = Array.from({ length: batchSize }, (_, index) =>
          index < batchSize / 5 ? urlOf(numbers.next()) : known(counter++ * 7919),
        )
        expect(await call(calls.batchAdd(links, keyOf(client))), 201)
        expect(await call(calls.markHandled(item.id, item.url, keyOf(client))), 200)
      })
    default:
      throw new Error(`There is no workload "${name}"`)
  }
}

function single(name: string, message: (client: number) => string, status: number): Workload {
  return {
    name,
    async turn(call, client) {
      expect(await call(message(client)), status)
      return { requests: 1 }
    },
  }
}

type Call = (message: string) => Promise<Answer>
interface Item {
  readonly id: string
  readonly url: string
}

/** Clients that lock 25, work through them one by one on each of their connections, and lock the next: a turn is one request. */
function consuming(
  name: string,
  calls: Calls,
  keyOf: (client: number) => string,
  work: (call: Call, item: Item, client: number) => Promise<void>,
): Workload {
  /** What each client holds, or is about to: its connections wait for one call that locks. */
  const held = new Map<number, Promise<{ readonly items: Item[]; readonly nothingLeft: boolean }>>()
  const lockNext = async (call: Call, client: number) => {
    const items = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(client))), 200))
    return { items, nothingLeft: items.length === 0 }
  }
  return {
    name,
    async turn(call, client) {
      for (;;) {
        let holds = held.get(client)
        if (holds === undefined) {
          holds = lockNext(call, client)
          held.set(client, holds)
        }
        const { items, nothingLeft } = await holds
        if (nothingLeft) return null
        const item = items.shift()
        if (item !== undefined) {
          await work(call, item, client)
          return { requests: 1 }
        }
        // Of the connections that find nothing more, the first makes way for the next lock.
        if (held.get(client) === holds) held.delete(client)
      }
    },
  }
}

function prolonging(calls: Calls, keyOf: (client: number) => string): Workload {
  const held = new Map<number, string[]>()
  return {
    name: 'prolong',
    async turn(call, client) {
      let ids = held.get(client)
      if (ids === undefined) {
        ids = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(client))), 200)).map(({ id }) => id)
        held.set(client, ids)
      }
      const id = ids.shift()!
      ids.push(id)
      expect(await call(calls.prolong(id, keyOf(client))), 200)
      return { requests: 1 }
    },
  }
}

function expect(answer: Answer, status: number): Answer {
  // The bare server of limit (a) knows 200 only.
  if (answer.status === status || answer.status === 200) return answer
  throw new Error(`Expected status ${status}, got ${answer.status}: ${answer.body.toString()}`)
}

function itemsOf(answer: Answer): Item[] {
  return (JSON.parse(answer.body.toString()) as { data: { items: Item[] } }).data.items
}
