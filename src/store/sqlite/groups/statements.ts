import type { SQLOutputValue, StatementSync } from 'node:sqlite'

/** A row as a list of its values. It costs a third less than an object, because most columns of a group are short. */
export type ValueRow = readonly SQLOutputValue[]

/** Prepares each statement once. */
export interface Statements {
  statement(sql: string): StatementSync
  /** The same for a statement whose rows are `ValueRow`s. */
  listStatement(sql: string): StatementSync
}
