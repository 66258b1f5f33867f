import type { Store } from '../src/store/store.ts'
import { clearStore } from './clear-store.ts'
import type { OpenTestStore, TestStore } from './stores.ts'

/**
 * Stores of which a test gets one that an earlier test has left, cleared. Opening one costs more than most tests do
 * in it.
 */
export class ReusedStores {
  readonly #open: OpenTestStore
  readonly #idle: TestStore[] = []

  constructor(open: OpenTestStore) {
    this.#open = open
  }

  /** `discard` gives the store to the next test. */
  async open(): Promise<TestStore> {
    const opened = this.#idle.pop() ?? (await this.#open())
    const { clock, discard, reopen } = opened
    let latest = opened.store
    return {
      store: latest,
      clock,
      reopen:
        reopen &&
        (async () => {
          latest = await reopen()
          return latest
        }),
      destroy: discard,
      discard: async () => {
        if (clock.wasSet || (await isClosed(latest))) return discard()
        await clearStore(latest, clock)
        this.#idle.push({ ...opened, store: latest })
      },
    }
  }

  async close(): Promise<void> {
    for (const opened of this.#idle.splice(0)) await opened.discard()
  }
}

async function isClosed(store: Store): Promise<boolean> {
  try {
    await store.ping()
    return false
  } catch {
    return true
  }
}
