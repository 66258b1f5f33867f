import type { Store } from '../../src/store/store.ts'
import { type Fault, noFault, openFaultyStore } from '../histories/faulty-store.ts'
import type { Random } from '../random.ts'
import type { TestStore } from '../stores.ts'

/**
 * A store in plain arrays that takes calls which come together in any order: what a store may do, and ours do not. The
 * oracle has nothing to go by but the answers.
 *
 * @param pick which of so many calls that wait is taken next; left out: any
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
    get: (_, name: keyof Store) => (ask: never) =>
      new Promise((resolve) => {
        // They come in one turn, and it is over when this runs.
        if (waiting.length === 0) queueMicrotask(takeAll)
        waiting.push(() => resolve(inOrder[name](ask)))
      }),
  })
  return { store, clock, reopen: null, discard: () => inOrder.close() }
}
