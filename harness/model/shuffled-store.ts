import type { Store } from '../../src/store/store.ts'
import { type Fault, noFault, openFaultyStore } from '../histories/faulty-store.ts'
import type { Random } from '../random.ts'
import type { TestStore } from '../stores.ts'

/**
 * A store in memory that performs concurrent calls in any order. A store may do that, although ours do not.
 * The oracle then has only the answers to go by.
 *
 * @param pick returns which of the waiting calls is performed next; by default a random one
 */
export function openShuffledStore(
  random: Random,
  fault: Fault = noFault,
  pick = (count: number) => random.between(0, count - 1),
): TestStore {
  const { store: inOrder, clock } = openFaultyStore(fault, random)
  let waiting: (() => void)[] = []
  const takeAll = () => {
    const calls = waiting
    waiting = []
    while (calls.length > 0) calls.splice(pick(calls.length), 1)[0]!()
  }
  const store = new Proxy<Store>(inOrder, {
    get: (_, name: keyof Store) => (params: never) =>
      new Promise((resolve) => {
        // All concurrent calls arrive in one turn of the event loop. That turn is over when this runs.
        if (waiting.length === 0) queueMicrotask(takeAll)
        waiting.push(() => resolve(inOrder[name](params)))
      }),
  })
  return { store, clock, reopen: null, discard: () => inOrder.close() }
}
