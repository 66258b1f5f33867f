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
  turn(call: Call, worker: number): Promise<Turn | null>
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
  const keyOf = (worker: number) => `bench-client-${worker}`
  const known = (index: number) => urlOf(range.first + (index % Math.max(1, range.count)))
  let counter = 0
  switch (name) {
    case 'echo-add':
    case 'single-add':
      return single(name, (worker) => calls.add(urlOf(numbers.next()), keyOf(worker)), 201)
    case 'single-add-half-known':
      return single(
        name,
        (worker) =>
          calls.add(counter++ % 2 === 0 ? urlOf(numbers.next()) : known(counter * 7919), keyOf(worker)),
        201,
      )
    case 'echo-get':
    case 'get-request':
      return single(name, () => calls.get(idOf(known(counter++ * 7919))), 200)
    case 'mark-handled':
      return single(
        name,
        (worker) => {
          const url = known(counter++)
          return calls.markHandled(idOf(url), url, keyOf(worker))
        },
        200,
      )
    case 'prolong':
      return prolonging(calls, keyOf)
    case 'batch-add':
      return {
        name,
        async turn(call, worker) {
          const urls = Array.from({ length: batchSize }, () => urlOf(numbers.next()))
          expect(await call(calls.batchAdd(urls, keyOf(worker))), 201)
          return { requests: batchSize }
        },
      }
    case 'lock-head':
      return {
        name,
        async turn(call, worker) {
          const items = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(worker))), 200))
          return items.length === 0 ? null : { requests: items.length }
        },
      }
    case 'drain':
      return consuming(name, calls, keyOf, async (call, item, worker) => {
        expect(await call(calls.markHandled(item.id, item.url, keyOf(worker))), 200)
      })
    case 'crawl-cycle':
      return consuming(name, calls, keyOf, async (call, item, worker) => {
        expect(await call(calls.get(item.id)), 200)
        const links = Array.from({ length: batchSize }, (_, index) =>
          index < batchSize / 5 ? urlOf(numbers.next()) : known(counter++ * 7919),
        )
        expect(await call(calls.batchAdd(links, keyOf(worker))), 201)
        expect(await call(calls.markHandled(item.id, item.url, keyOf(worker))), 200)
      })
    default:
      throw new Error(`There is no workload "${name}"`)
  }
}

function single(name: string, message: (worker: number) => string, status: number): Workload {
  return {
    name,
    async turn(call, worker) {
      expect(await call(message(worker)), status)
      return { requests: 1 }
    },
  }
}

type Call = (message: string) => Promise<Answer>
interface Item {
  readonly id: string
  readonly url: string
}

/** Clients that lock 25, work through them one by one, and lock the next: a turn is one request. */
function consuming(
  name: string,
  calls: Calls,
  keyOf: (worker: number) => string,
  work: (call: Call, item: Item, worker: number) => Promise<void>,
): Workload {
  const held = new Map<number, Item[]>()
  return {
    name,
    async turn(call, worker) {
      let items = held.get(worker) ?? []
      if (items.length === 0) {
        items = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(worker))), 200))
        held.set(worker, items)
      }
      const item = items.shift()
      if (item === undefined) return null
      await work(call, item, worker)
      return { requests: 1 }
    },
  }
}

function prolonging(calls: Calls, keyOf: (worker: number) => string): Workload {
  const held = new Map<number, string[]>()
  return {
    name: 'prolong',
    async turn(call, worker) {
      let ids = held.get(worker)
      if (ids === undefined) {
        ids = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(worker))), 200)).map(({ id }) => id)
        held.set(worker, ids)
      }
      const id = ids.shift()!
      ids.push(id)
      expect(await call(calls.prolong(id, keyOf(worker))), 200)
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
