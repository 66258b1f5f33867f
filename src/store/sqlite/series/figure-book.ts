import type { Millis } from '../../../domain/time.ts'
import type { QueueState } from '../../queue-state.ts'
import { figureNames, figureSteps, secondOf } from '../../series/figure-columns.ts'
import { type TakenFigures, UnsavedFigures } from '../../series/unsaved-figures.ts'
import type { StoreFigures } from '../../store-figures.ts'
import { placeholders } from '../columns.ts'
import type { Statements } from '../groups/statements.ts'
import { ClientBook } from './client-book.ts'

/** How many old rows of each length one step deletes. It takes some milliseconds. */
const forgottenMax = 500
/** Rows stay a little longer than they are kept, so that many are deleted together. */
const slackSecs = 10

const addRow = `
  INSERT INTO queue_figures (queue_number, step_secs, at, ${figureNames.join(', ')})
  VALUES (?, ?, ?, ${placeholders(figureNames)})
  ON CONFLICT (queue_number, step_secs, at) DO UPDATE SET
    ${figureNames.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`
const selectOld = `
  SELECT queue_number, step_secs, at FROM queue_figures INDEXED BY queue_figures_by_time
  WHERE step_secs = ? AND at < ? LIMIT +?`
const deleteRow = 'DELETE FROM queue_figures WHERE queue_number = ? AND step_secs = ? AND at = ?'
const selectQueue = 'SELECT 1 FROM queues WHERE number = ?'

/** What was done in all queues over time (14.8): kept in memory, and saved once a second. */
export class FigureBook {
  readonly #session: Statements
  readonly #figures: StoreFigures | null
  readonly #unsaved = new UnsavedFigures<number>()
  readonly #clients: ClientBook
  /** What the running transaction has written. */
  #taken: TakenFigures[] = []

  /** @param figures where what is done is counted for all queues together; null: nowhere */
  constructor(session: Statements, figures: StoreFigures | null) {
    this.#session = session
    this.#figures = figures
    this.#clients = new ClientBook(session)
  }

  begin(): void {
    this.#taken = []
    this.#clients.begin()
  }

  rollback(): void {
    for (const taken of this.#taken) taken.giveBack()
    this.#taken = []
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

  /** Writes the figures of a queue, and what its clients did. Drops them if it was deleted. */
  save(queueNumber: number): void {
    const isThere = this.#session.statement(selectQueue).get(queueNumber) !== undefined
    this.#clients.save(queueNumber, isThere)
    const taken = this.#unsaved.take(queueNumber)
    if (taken === null) return
    this.#taken.push(taken)
    if (!isThere) return
    const statement = this.#session.statement(addRow)
    for (const row of taken.rows) {
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
