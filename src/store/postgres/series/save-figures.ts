import type { ClientBase } from 'pg'
import type { Millis } from '../../../domain/time.ts'
import { figureNames, secondOf } from '../../series/figure-columns.ts'
import { QueueTally } from '../../series/queue-tally.ts'
import { SecondSums } from '../../series/second-sums.ts'
import { ofDeletedQueue, type ServerRow, serverId, serverRows } from '../../series/server-figures.ts'
import { type TakenFigures, UnsavedFigures } from '../../series/unsaved-figures.ts'
import { type PostgresClock, readWall } from '../clock.ts'
import { CommitUnknown } from '../connection/commit.ts'
import type { Database } from '../connection/pool.ts'
import { bind, type Statement, statement } from '../connection/statement.ts'
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
  ORDER BY given.queue_id, given.step_secs, given.at${onConflict}
  RETURNING queue_id`)
/** On a cluster a statement is about one queue, or its rows would be gathered on one node. They come in their order. */
const addRowsOfQueue = statement(`
  INSERT INTO queue_figures (queue_id, ${numberList})
  SELECT queues.queue_id, ${numberNames.map((name) => `given.${name}`).join(', ')}
  FROM queues, unnest(${arraysFrom(2)}) AS given (${numberList})
  WHERE queues.queue_id = $1${onConflict}
  RETURNING queue_id`)
const addRowsOfServer = statement(`
  INSERT INTO queue_figures (queue_id, ${numberList})
  SELECT '${serverId}', ${numberNames.map((name) => `given.${name}`).join(', ')}
  FROM unnest(${arraysFrom(1)}) AS given (${numberList})
  ORDER BY given.step_secs, given.at${onConflict}`)
/** A cluster would gather a selection from arrays alone on one node. It sends a row of values to its shard. */
const addRowOfServer = statement(`
  INSERT INTO queue_figures (queue_id, ${numberList})
  VALUES ('${serverId}', ${numberNames.map((_, index) => `$${index + 1}`).join(', ')})${onConflict}`)

/** $2 is the time. */
const returned = 'RETURNING step_secs, at, ran_out, $2::bigint AS wall'
const deleteRows = statement(`DELETE FROM queue_figures WHERE queue_id = $1 ${returned}`)
const deleteRowsToCome = statement(`
  DELETE FROM queue_figures WHERE queue_id = $1 AND step_secs = 1 AND at > $2::bigint / 1000 ${returned}`)

export interface DeletedRow {
  readonly step_secs: number
  readonly at: number
  readonly ran_out: number
  /** When it was deleted. */
  readonly wall: string
}

interface QueueRows extends TakenFigures {
  readonly queueId: string
}

/** What this server has done in queues (14.8): kept in memory, and added to the tables once a second. */
export class FigureSaves {
  readonly unsaved = new UnsavedFigures<string>()
  readonly clients: ClientSaves
  readonly #database: Database
  readonly #clock: PostgresClock
  /** What is saved of queues, and not yet in the figures of the server. */
  #ofServer = new SecondSums()
  /** The saves under way. */
  readonly #underWay = new Set<Promise<void>>()

  constructor(database: Database, clock: PostgresClock) {
    this.#database = database
    this.#clock = clock
    this.clients = new ClientSaves(database)
  }

  /** Notes what a transaction did in a queue. It has to have committed. */
  add(queueId: string, now: Millis, tally: QueueTally): void {
    this.unsaved.add(queueId, now, tally)
    this.clients.unsaved.add(queueId, tally.clients)
  }

  /** Notes that a queue was deleted, with so many unhandled requests. */
  queueDeleted(queueId: string, pendingCount: number, now: Millis): void {
    const tally = new QueueTally()
    tally.queueDeleted(pendingCount)
    this.unsaved.add(queueId, now, tally)
  }

  /** Deletes the rows of a deleted queue in a transaction, which passes them to `rowsDeleted` when it has committed. */
  deleteRowsOf(client: ClientBase, queueId: string): Promise<readonly DeletedRow[]> {
    return this.#deleted(client, deleteRows, queueId)
  }

  /** The same for those rows that have the ends of locks that are alive. */
  deleteRowsToCome(client: ClientBase, queueId: string): Promise<readonly DeletedRow[]> {
    return this.#deleted(client, deleteRowsToCome, queueId)
  }

  /** Ends the locks that the rows of deleted queues have. */
  rowsDeleted(rows: readonly DeletedRow[]): void {
    for (const { step_secs, at, ran_out, wall } of rows) {
      const second = secondOf(Number(wall))
      if (step_secs === 1 && at > second && ran_out !== 0) this.#ofServer.endLocks(second, at, ran_out)
    }
  }

  async #deleted(client: ClientBase, what: Statement, queueId: string): Promise<readonly DeletedRow[]> {
    const values = [queueId, await readWall(client, this.#clock)]
    return (await client.query<DeletedRow>({ ...what, values })).rows
  }

  /** Saves the figures of all queues, and then those of the server. If that fails, they wait for the next save. */
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
    await this.#writeServer()
    await this.clients.saveAll()
  }

  /** Saves the figures of a queue, and waits for those that are being saved. */
  async save(queueId: string): Promise<void> {
    const taken = this.unsaved.take(queueId)
    const others = [...this.#underWay]
    if (taken !== null) await this.#write([{ queueId, ...taken }])
    await Promise.allSettled(others)
  }

  /** Saves the figures of all queues and those of the server, and waits for those that are being saved. */
  async saveForServer(): Promise<void> {
    await this.saveAll()
    await Promise.allSettled([...this.#underWay])
    // What another save has just written of queues.
    await this.#writeServer()
    await Promise.allSettled([...this.#underWay])
  }

  /** On a cluster, `some` is one queue. */
  #write(some: readonly QueueRows[]): Promise<void> {
    const write = this.#writeAll(some)
      .then((found) => {
        for (const { queueId, sums } of some) {
          this.#ofServer.addAll(found.has(queueId) ? sums : ofDeletedQueue(sums))
        }
      })
      .catch((error: unknown) => {
        // Counting too little is better than counting twice.
        if (!(error instanceof CommitUnknown)) for (const { giveBack } of some) giveBack()
        throw error
      })
    return this.#noted(write)
  }

  /** The rows of all servers are the same, so they are written once for all queues. */
  #writeServer(): Promise<void> {
    const sums = this.#ofServer
    const rows = serverRows(sums)
    if (rows.length === 0) return Promise.resolve()
    this.#ofServer = new SecondSums()
    const statements = this.#database.isCluster
      ? rows.toSorted(inOrder).map((row) => bind(addRowOfServer, valuesOf(row)))
      : [bind(addRowsOfServer, arraysOf(rows))]
    const write = this.#database
      .transaction(async (client) => {
        for (const { values, ...statement } of statements) {
          await client.query({ ...statement, values: [...values] })
        }
      })
      .catch((error: unknown) => {
        if (!(error instanceof CommitUnknown)) this.#ofServer.addAll(sums)
        throw error
      })
    return this.#noted(write)
  }

  #noted(write: Promise<void>): Promise<void> {
    const noted = write.finally(() => this.#underWay.delete(noted))
    this.#underWay.add(noted)
    return noted
  }

  /** @returns the queues that exist */
  async #writeAll(some: readonly QueueRows[]): Promise<ReadonlySet<string>> {
    const rows = some.flatMap(({ queueId, rows }) => rows.map((row) => ({ queueId, ...row })))
    if (rows.length === 0) return new Set()
    const [statement, first] = this.#database.isCluster
      ? [addRowsOfQueue, some[0]!.queueId]
      : [addRows, textArray(rows.map(({ queueId }) => queueId))]
    // Its errors tell whether the rows may have been written.
    const { rows: written } = await this.#database.transaction((client) => {
      const values = [first, ...arraysOf(rows)]
      return client.query<{ queue_id: string }>({ name: statement.name, text: statement.text, values })
    })
    return new Set(written.map(({ queue_id }) => queue_id))
  }
}

/** In the order in which all servers take the rows. */
function inOrder(a: ServerRow, b: ServerRow): number {
  return a.stepSecs - b.stepSecs || a.at - b.at
}

function valuesOf(row: ServerRow): number[] {
  return [row.stepSecs, row.at, ...figureNames.map((name) => row[name])]
}

function arraysOf(rows: readonly ServerRow[]): Buffer[] {
  const columns = [rows.map(({ stepSecs }) => stepSecs), rows.map(({ at }) => at)]
  return [...columns, ...figureNames.map((name) => rows.map((row) => row[name]))].map(bigintArray)
}
