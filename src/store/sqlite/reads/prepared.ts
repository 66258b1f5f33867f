import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Statements } from '../groups/statements.ts'

/** Prepares each statement of a connection once. */
export class Prepared implements Pick<Statements, 'statement'> {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}
