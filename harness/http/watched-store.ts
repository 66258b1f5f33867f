import type { WatchQueue } from '../../src/store/params/waiting.ts'
import type { Store } from '../../src/store/store.ts'

/** Counts what callers that wait ask of the store, so that a test knows when they wait. */
export class WatchedStore {
  /** How many head/locks were performed. */
  lockHeads = 0
  /** How many head/locks found nothing. */
  waiterCount = 0
  /** How often a watch has told of changes. */
  newsCount = 0
  #reached: (() => void)[] = []
  #looksUnderWay = 0
  #watchesUnderWay = 0

  around(store: Store): Store {
    return {
      ...store,
      lockHead: async (params) => {
        this.lockHeads++
        const head = await store.lockHead(params)
        if (head.items.length === 0) this.waiterCount++
        this.#wake()
        return head
      },
      watchQueue: async (params) => {
        this.#watchesUnderWay++
        try {
          const changed: WatchQueue['changed'] = (news) => {
            params.changed(news)
            this.newsCount++
            this.#wake()
          }
          return await store.watchQueue({ ...params, changed })
        } finally {
          this.#watchesUnderWay--
          this.#wake()
        }
      },
      whenAvailable: async (params) => {
        this.#looksUnderWay++
        try {
          return await store.whenAvailable(params)
        } finally {
          this.#looksUnderWay--
          this.#wake()
        }
      },
    }
  }

  /** Resolves when so many head/locks have found nothing since the start, and it is known when that changes. */
  async waiters(count: number): Promise<void> {
    while (this.waiterCount < count) await this.#next()
    for (;;) {
      // The caller begins to wait in one of these turns, or its look does.
      for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
      if (this.#watchesUnderWay + this.#looksUnderWay === 0) return
      await this.#next()
    }
  }

  /**
   * Resolves when watches have told of changes that often. News says how long something takes, so a test that moves the
   * clock waits for it first. It comes from PostgreSQL after the answer to the call.
   */
  async news(count: number): Promise<void> {
    while (this.newsCount < count) await this.#next()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#reached.push(resolve))
  }

  #wake(): void {
    const reached = this.#reached
    this.#reached = []
    for (const resolve of reached) resolve()
  }
}
