import type { StoreFigures } from '../../store-figures.ts'
import type { Batchers } from '../batching/batchers.ts'
import type { ReadNotes } from '../batching/read-notes.ts'
import type { Database } from '../connection/pool.ts'
import type { GroupBuilding } from '../maintenance/group-building.ts'
import type { Purges } from '../maintenance/purges.ts'
import type { PostgresQueues } from '../queues.ts'
import { forgetDeletedQueues } from '../series/deleted-queues.ts'
import { deleteOldFigures } from '../series/old-figures.ts'
import type { FigureSaves } from '../series/save-figures.ts'

/** How often access times and statistics of reads are written to the database. */
const saveEveryMs = 1000
/** How often to look for figures that are too old. */
const deleteEveryMs = 10_000
/** How often the connections are counted for the figures. */
const countPoolEveryMs = 1000
/** How often to look for deleted queues whose rows another server has not deleted, and for queues to build groups in. */
const purgeEveryMs = 10_000

interface Parts {
  readonly database: Database
  readonly notes: ReadNotes
  readonly batchers: Batchers
  readonly figures: FigureSaves
  readonly queues: PostgresQueues
  readonly purges: Purges
}

/** What a server does by itself, at intervals. */
export class Background {
  readonly #parts: Parts
  readonly #timers: NodeJS.Timeout[]
  #saving: Promise<void> | null = null
  /** When to look for old figures, by `performance.now()`. */
  #nextDeletionAt = 0

  /** Begins at once. */
  constructor(parts: Parts, building: GroupBuilding, figures: StoreFigures) {
    this.#parts = parts
    const { database, purges } = parts
    this.#timers = [
      setInterval(() => this.#saveInTurn(), saveEveryMs).unref(),
      setInterval(() => figures.pool(database.state), countPoolEveryMs).unref(),
      setInterval(() => purges.start(), purgeEveryMs).unref(),
      setInterval(() => building.start(), purgeEveryMs).unref(),
    ]
    figures.pool(database.state)
    purges.start()
    building.start()
  }

  /** Begins nothing any more. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  /** Saves what is left, after `stop`. */
  async finish(): Promise<void> {
    await this.#saving
    await this.save()
  }

  async save(): Promise<void> {
    const { notes, batchers, figures } = this.#parts
    try {
      for (const queueId of notes.waiting()) await batchers.save(queueId)
      await figures.saveAll()
      await this.#deleteOldFigures()
    } catch {
      // The reads and the figures wait for the next save.
    }
  }

  /**
   * Runs one save at a time. While another server holds a queue, saves must not take one connection after the
   * other.
   */
  #saveInTurn(): void {
    this.#saving ??= this.save().finally(() => {
      this.#saving = null
    })
  }

  /** One step for each save, once in a while. */
  async #deleteOldFigures(): Promise<void> {
    if (performance.now() < this.#nextDeletionAt) return
    const { database, queues } = this.#parts
    const now = await queues.now()
    await forgetDeletedQueues(database, now)
    const hasMore = await deleteOldFigures(database, now)
    this.#nextDeletionAt = hasMore ? 0 : performance.now() + deleteEveryMs
  }
}
