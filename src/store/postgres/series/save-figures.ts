import type { Millis } from '../../../domain/time.ts'
import { figureNames } from '../../series/figure-columns.ts'
import type { QueueTally } from '../../series/queue-tally.ts'
import { type FiguresToAdd, type TakenFigures, UnsavedFigures } from '../../series/unsaved-figures.ts'
import { CommitUnknown } from '../connection/commit.ts'
import type { Database } from '../connection/pool.ts'
import { statement } from '../connection/statement.ts'
import { bigintArray, textArray } from '../encoding/arrays.ts'
import { ClientSaves } from './save-clients.ts'

/** Bounds the rows of one statement. */
const rowsMax = 2000

const numberNames = ['step_secs', 'at', ...figureNames] as const
const numberList = numberNames.join(', ')
const arraysFrom = (first: number) => numberNames.map((_, index) => `$${first + index}::bigint[]`).join(', ')
const onConflict = `
  ON CONFLICT (queue_id, step_secs, at) DO UPDATE SET
    ${figureNames.map((name) => `${name} = queue_figures.${name} + excluded.${name}`).join(', ')}`

/** Servers that add to the same rows take them in the same order. */
const addRows = statement(`
  INSERT INTO queue_figures (queue_id, ${numberList})
  SELECT given.queue_id, ${numberNames.map((name) => `given.${name}`).join(', ')}
  FROM unnest($1::text[], ${arraysFrom(2)}) AS given (queue_id, ${numberList})
  WHERE EXISTS (SELECT FROM queues WHERE queues.queue_id = given.queue_id)
  ORDER BY given.queue_id, given.step_secs, given.at${onConflict}`)
/** On a cluster a statement is about one queue, or its rows would be gathered on one node. They come in their order. */
const addRowsOfQueue = statement(`
  INSERT INTO queue_figures (queue_id, ${numberList})
  SELECT queues.queue_id, ${numberNames.map((name) => `given.${name}`).join(', ')}
  FROM queues, unnest(${arraysFrom(2)}) AS given (${numberList})
  WHERE queues.queue_id = $1${onConflict}`)

interface QueueRows extends TakenFigures {
  readonly queueId: string
}

/** What this server has done in queues (14.8): kept in memory, and added to the tables once a second. */
export class FigureSaves {
  readonly unsaved = new UnsavedFigures<string>()
  readonly clients: ClientSaves
  readonly #database: Database
  /** The saves under way. */
  readonly #underWay = new Set<Promise<void>>()

  constructor(database: Database) {
    this.#database = database
    this.clients = new ClientSaves(database)
  }

  /** Notes what a transaction did in a queue. It has to have committed. */
  add(queueId: string, now: Millis, tally: QueueTally): void {
    this.unsaved.add(queueId, now, tally)
    this.clients.unsaved.add(queueId, tally.clients)
  }

  /** Saves the figures of all queues. If that fails, they wait for the next save. */
  async saveAll(): Promise<void> {
    let some: QueueRows[] = []
    let count = 0
    for (const queueId of this.unsaved.queues()) {
      const taken = this.unsaved.take(queueId)
      if (taken === null) continue
      some.push({ queueId, ...taken })
      count += taken.rows.length
      if (count < rowsMax && !this.#database.isCluster) continue
      await this.#write(some)
      some = []
      count = 0
    }
    if (some.length > 0) await this.#write(some)
    await this.clients.saveAll()
  }

  /** Saves the figures of a queue, and waits for those that are being saved. */
  async save(queueId: string): Promise<void> {
    const taken = this.unsaved.take(queueId)
    const others = [...this.#underWay]
    if (taken !== null) await this.#write([{ queueId, ...taken }])
    await Promise.allSettled(others)
  }

  /** On a cluster, `some` is one queue. */
  #write(some: readonly QueueRows[]): Promise<void> {
    const write = this.#writeAll(some)
      .catch((error: unknown) => {
        // Counting too little is better than counting twice.
        if (!(error instanceof CommitUnknown)) for (const { giveBack } of some) giveBack()
        throw error
      })
      .finally(() => this.#underWay.delete(write))
    this.#underWay.add(write)
    return write
  }

  async #writeAll(some: readonly QueueRows[]): Promise<void> {
    const rows = some.flatMap(({ queueId, rows }) => rows.map((row) => ({ queueId, ...row })))
    if (rows.length === 0) return
    const [statement, first] = this.#database.isCluster
      ? [addRowsOfQueue, some[0]!.queueId]
      : [addRows, textArray(rows.map(({ queueId }) => queueId))]
    // Its errors tell whether the rows may have been written.
    await this.#database.transaction(async (client) => {
      await client.query({ name: statement.name, text: statement.text, values: [first, ...arraysOf(rows)] })
    })
  }
}

function arraysOf(rows: readonly FiguresToAdd[]): Buffer[] {
  const columns = [rows.map(({ stepSecs }) => stepSecs), rows.map(({ at }) => at)]
  return [...columns, ...figureNames.map((name) => rows.map((row) => row[name]))].map(bigintArray)
}
