import type { FailureRows } from '../../insight/failures.ts'
import type { Failure } from '../../params/insight.ts'
import type { Prepared } from '../reads/prepared.ts'
import type { Turns } from '../reads/turns.ts'

const ofFailure = 'FROM requests INDEXED BY requests_by_failure WHERE queue_number = ?'
const selectNext = `SELECT failure, id ${ofFailure} AND failure > ? ORDER BY failure, id LIMIT 1`
const countOf = `SELECT count(*) AS count FROM (SELECT 1 ${ofFailure} AND failure = ? LIMIT +?)`
/** How many entries of the index one step counts. It takes some 5 ms. */
const entriesPerStepMax = 30_000

/** For the test of their plans. */
export const failureStatements: readonly string[] = [selectNext, countOf]

export class SqliteFailureRows implements FailureRows {
  readonly #db: Prepared
  readonly #queueNumber: number
  readonly #turns: Turns

  constructor(db: Prepared, queueNumber: number, turns: Turns) {
    this.#db = db
    this.#queueNumber = queueNumber
    this.#turns = turns
  }

  /** Jumps from one text to the next in the index. */
  async failures(after: string, textsMax: number, countMax: number) {
    await this.#turns.next()
    const next = this.#db.statement(selectNext)
    const count = this.#db.statement(countOf)
    const failures: Failure[] = []
    let entries = 0
    for (let error = after; failures.length < textsMax && entries < entriesPerStepMax; ) {
      const row = next.get(this.#queueNumber, error) as { failure: string; id: string } | undefined
      if (row === undefined) return { failures, isAtEnd: true }
      error = row.failure
      const counted = count.get(this.#queueNumber, error, countMax) as { count: number }
      entries += counted.count
      failures.push({ error, count: counted.count, exampleId: row.id })
    }
    return { failures, isAtEnd: false }
  }
}
