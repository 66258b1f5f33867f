import { requestIdOf } from '../../src/domain/identity.ts'
import { type Calls, urlOf } from './calls.ts'
import type { Answer } from './connection.ts'
import type { NumberRange, Numbers } from './numbers.ts'

export type WorkloadName =
  | 'echo-add'
  | 'echo-get'
  | 'single-add'
  | 'single-add-half-known'
  | 'get-request'
  | 'mark-handled'
  | 'prolong'
  | 'batch-add'
  | 'lock-head'
  | 'drain'
  | 'crawl-cycle'

/** What one turn of a workload did. */
export interface Turn {
  /** Requests of the queue it moved: 25 for a batch, 1 for a single call. */
  readonly requests: number
}

/** Makes a call and measures it. */
export type Call = (message: string) => Promise<Answer>

/** A closed loop on one queue: each connection makes its next turn when the last one was answered. */
export interface Workload {
  /** Makes one turn; null when there is nothing left to do. */
  turn(call: Call, client: number): Promise<Turn | null>
}

/** What the workloads on all queues of a load draw from. */
export interface Supply {
  /** For URLs that are to be new. */
  readonly newNumbers: Numbers
  /** What is in each queue before. */
  readonly known: NumberRange
  /** Each asks for another of the known URLs. */
  readonly steps: Numbers
}

export const batchSize = 25

/** A prime: so far apart are known URLs that are asked for one after the other, and all get their turn. */
const stride = 7919

/** Makes the workload of that name. */
export function workloadOf(name: WorkloadName, calls: Calls, supply: Supply): Workload {
  const { newNumbers, known, steps } = supply
  const keyOf = (client: number) => `bench-client-${client}`
  const newUrl = () => urlOf(newNumbers.next())
  const knownUrl = (index: number) => urlOf(known.first + (index % Math.max(1, known.count)))
  const scatteredUrl = () => knownUrl(steps.next() * stride)
  switch (name) {
    case 'echo-add':
    case 'single-add':
      return single((client) => calls.add(newUrl(), keyOf(client)), 201)
    case 'single-add-half-known': {
      let turns = 0
      return single((client) => calls.add(turns++ % 2 === 0 ? newUrl() : scatteredUrl(), keyOf(client)), 201)
    }
    case 'echo-get':
    case 'get-request':
      return single(() => calls.get(requestIdOf(scatteredUrl())), 200)
    case 'mark-handled': {
      let marked = 0
      return single((client) => {
        // A second mark would find nothing to do, and cost less.
        if (marked++ >= known.count) return null
        const url = knownUrl(steps.next())
        return calls.markHandled(requestIdOf(url), url, keyOf(client))
      }, 200)
    }
    case 'prolong':
      return prolonging(calls, keyOf)
    case 'batch-add':
      return {
        async turn(call, client) {
          const urls = Array.from({ length: batchSize }, newUrl)
          expect(await call(calls.batchAdd(urls, keyOf(client))), 201)
          return { requests: batchSize }
        },
      }
    case 'lock-head':
      return {
        async turn(call, client) {
          const items = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(client))), 200))
          return items.length === 0 ? null : { requests: items.length }
        },
      }
    case 'drain':
      return consuming(calls, keyOf, async (call, item, client) => {
        expect(await call(calls.markHandled(item.id, item.url, keyOf(client))), 200)
      })
    case 'crawl-cycle':
      return consuming(calls, keyOf, async (call, item, client) => {
        expect(await call(calls.get(item.id)), 200)
        const links = Array.from({ length: batchSize }, (_, index) =>
          index < batchSize / 5 ? newUrl() : scatteredUrl(),
        )
        expect(await call(calls.batchAdd(links, keyOf(client))), 201)
        expect(await call(calls.markHandled(item.id, item.url, keyOf(client))), 200)
      })
  }
}

/** @param message the next call; null when there is nothing left to do */
function single(message: (client: number) => string | null, status: number): Workload {
  return {
    async turn(call, client) {
      const next = message(client)
      if (next === null) return null
      expect(await call(next), status)
      return { requests: 1 }
    },
  }
}

interface Item {
  readonly id: string
  readonly url: string
}

/** Clients that lock 25, work through them one by one on each of their connections, and lock the next: a turn is one request. */
function consuming(
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
    async turn(call, client) {
      for (;;) {
        let holds = held.get(client)
        if (holds === undefined) {
          holds = lockNext(call, client)
          held.set(client, holds)
        }
        const { items, nothingLeft } = await holds
        if (nothingLeft) {
          // What is added later is for the next lock.
          if (held.get(client) === holds) held.delete(client)
          return null
        }
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
    async turn(call, client) {
      let ids = held.get(client)
      if (ids === undefined) {
        ids = itemsOf(expect(await call(calls.lockHead(batchSize, keyOf(client))), 200)).map(({ id }) => id)
        held.set(client, ids)
      }
      const id = ids.shift()
      if (id === undefined) return null
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
