import type { Millis } from '../../../domain/time.ts'
import type { QueueState } from '../../queue-state.ts'
import { figureNames, figureSteps, secondOf } from '../../series/figure-columns.ts'
import { SecondSums } from '../../series/second-sums.ts'
import { ofDeletedQueue, type ServerRow, serverNumber, serverRows } from '../../series/server-figures.ts'
import { type TakenFigures, UnsavedFigures } from '../../series/unsaved-figures.ts'
import type { StoreFigures } from '../../store-figures.ts'
import { placeholders } from '../columns.ts'
import type { Statements } from '../groups/statements.ts'
import { ClientBook } from './client-book.ts'

/** How many old rows of each length one step deletes. It takes some milliseconds. */
const forgottenMax = 500
/** Rows stay a little longer than they are kept, so that many are deleted together. */
const slackSecs = 10

/** How many rows the deletion of a queue deletes itself. It takes some milliseconds. */
const endedAtOnceMax = 1000

const addRow = `
  INSERT INTO queue_figures (queue_number, step_secs, at, ${figureNames.join(', ')})
  VALUES (?, ?, ?, ${placeholders(figureNames)})
  ON CONFLICT (queue_number, step_secs, at) DO UPDATE SET
    ${figureNames.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`
const selectOld = `
  SELECT queue_number, step_secs, at FROM queue_figures INDEXED BY queue_figures_by_time
  WHERE step_secs = ? AND at < ? LIMIT +?`
const deleteRow = 'DELETE FROM queue_figures WHERE queue_number = ? AND step_secs = ? AND at = ?'
const deleteRows = (condition: string) => `
  DELETE FROM queue_figures WHERE (queue_number, step_secs, at) IN (
    SELECT queue_number, step_secs, at FROM queue_figures WHERE queue_number = ? ${condition} LIMIT +?)
  RETURNING step_secs, at, ran_out`
const deleteAllRows = deleteRows('')
const deleteRowsToCome = deleteRows('AND step_secs = 1 AND at > ?')
const selectQueue = 'SELECT 1 FROM queues WHERE number = ?'

/** What was done in all queues over time (14.8): kept in memory, and saved once a second. */
export class FigureBook {
  readonly #session: FigureSession
  readonly #figures: StoreFigures | null
  readonly #unsaved = new UnsavedFigures<number>()
  readonly #clients: ClientBook
  /** What the running transaction has written. */
  #taken: TakenFigures[] = []
  /** What it adds to the figures of the server. */
  #ofServer = new SecondSums()

  /** @param figures where what is done is counted for all queues together; null: nowhere */
  constructor(session: FigureSession, figures: StoreFigures | null) {
    this.#session = session
    this.#figures = figures
    this.#clients = new ClientBook(session)
  }

  begin(): void {
    this.#taken = []
    this.#clients.begin()
  }

  /** Writes what the transaction adds to the figures of the server. Comes last before the commit. */
  flush(): void {
    if (this.#ofServer.isEmpty) return
    this.#write(serverNumber, serverRows(this.#ofServer))
    this.#ofServer = new SecondSums()
  }

  rollback(): void {
    for (const taken of this.#taken) taken.giveBack()
    this.#taken = []
    if (!this.#ofServer.isEmpty) this.#ofServer = new SecondSums()
    this.#clients.rollback()
  }

  /** The transaction has committed. */
  add({ number, tally }: QueueState, now: Millis): void {
    this.#unsaved.add(number, now, tally)
    this.#clients.add(number, tally.clients)
    this.#figures?.did(tally)
    tally.clear()
  }

  /** The numbers of the queues with figures to save. */
  unsavedNumbers(): number[] {
    return [...new Set([...this.#unsaved.queues(), ...this.#clients.unsavedNumbers()])]
  }

  /** Writes the figures of a queue, and what its clients did. If it was deleted, only the figures of the server get them. */
  save(queueNumber: number): void {
    const isThere = this.#session.statement(selectQueue).get(queueNumber) !== undefined
    this.#clients.save(queueNumber, isThere)
    const taken = this.#unsaved.take(queueNumber)
    if (taken === null) return
    this.#taken.push(taken)
    this.#ofServer.addAll(isThere ? taken.sums : ofDeletedQueue(taken.sums))
    if (isThere) this.#write(queueNumber, taken.rows)
  }

  /** Notes that a queue is deleted. Its locks end. If they end in very many seconds, some do with its last rows. */
  queueDeleted({ number, tally, totalCount, handledCount }: QueueState): void {
    tally.queueDeleted(totalCount - handledCount)
    const second = secondOf(this.#session.now)
    this.#endLocksIn(this.#session.statement(deleteRowsToCome).all(number, second, endedAtOnceMax))
  }

  /**
   * Deletes some of the rows of a deleted queue.
   *
   * @returns how many
   */
  deleteRowsOf(queueNumber: number, rowsMax: number): number {
    const rows = this.#session.statement(deleteAllRows).all(queueNumber, rowsMax)
    this.#endLocksIn(rows)
    return rows.length
  }

  #endLocksIn(deleted: readonly object[]): void {
    const second = secondOf(this.#session.now)
    for (const { step_secs, at, ran_out } of deleted as readonly DeletedRow[]) {
      if (step_secs === 1 && at > second && ran_out !== 0) this.#ofServer.endLocks(second, at, ran_out)
    }
  }

  #write(queueNumber: number, rows: readonly ServerRow[]): void {
    const statement = this.#session.statement(addRow)
    for (const row of rows) {
      statement.run(queueNumber, row.stepSecs, row.at, ...figureNames.map((name) => row[name]))
    }
  }

  /** Whether there are rows older than they are kept, and not only by a little. */
  hasOldRows(now: Millis): boolean {
    return figureSteps.some(({ stepSecs, keptSecs }) => {
      const statement = this.#session.statement(selectOld)
      return statement.get(stepSecs, secondOf(now) - keptSecs - slackSecs, 1) !== undefined
    })
  }

  /** Deletes some of the rows that are older than they are kept. */
  deleteOldRows(now: Millis): void {
    for (const { stepSecs, keptSecs } of figureSteps) {
      const old = this.#session.statement(selectOld).all(stepSecs, secondOf(now) - keptSecs, forgottenMax)
      for (const row of old) {
        this.#session.statement(deleteRow).run(row['queue_number']!, row['step_secs']!, row['at']!)
      }
    }
  }
}

interface FigureSession extends Statements {
  /** The time of the transaction. */
  readonly now: Millis
}

interface DeletedRow {
  readonly step_secs: number
  readonly at: number
  readonly ran_out: number
}
