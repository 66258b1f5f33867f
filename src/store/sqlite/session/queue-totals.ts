import type { DatabaseSync } from 'node:sqlite'

interface Totals {
  all: number
  named: number
}

/**
 * How many queues each user has, for lists of queues. Counting hundreds of thousands of queues takes too
 * long, so the numbers are kept in memory. Only the storage thread creates and deletes queues, so they stay
 * exact.
 */
export class QueueTotals {
  readonly #totals = new Map<string, Totals>()
  /** The changes of the running transaction. */
  #changes: { readonly ownerId: string; readonly all: number; readonly named: number }[] = []

  constructor(db: DatabaseSync) {
    const rows = db
      .prepare('SELECT owner_id, count(*) AS total, count(name) AS named FROM queues GROUP BY owner_id')
      .all() as unknown as { owner_id: string; total: number; named: number }[]
    for (const { owner_id, total, named } of rows) this.#add(owner_id, total, named)
  }

  of(ownerId: string, withUnnamed: boolean): number {
    const { all, named } = this.#totals.get(ownerId) ?? { all: 0, named: 0 }
    return withUnnamed ? all : named
  }

  /** Has to be called for every queue that is created or deleted, or that gets or loses its name. */
  change(ownerId: string, all: number, named: number): void {
    this.#add(ownerId, all, named)
    this.#changes.push({ ownerId, all, named })
  }

  begin(): void {
    this.#changes = []
  }

  rollback(): void {
    for (const { ownerId, all, named } of this.#changes) this.#add(ownerId, -all, -named)
    this.#changes = []
  }

  #add(ownerId: string, all: number, named: number): void {
    const before = this.#totals.get(ownerId) ?? { all: 0, named: 0 }
    this.#totals.set(ownerId, { all: before.all + all, named: before.named + named })
  }
}
