import type { StatementSync } from 'node:sqlite'

/** Prepares each statement once. */
export interface Statements {
  statement(sql: string): StatementSync
}
