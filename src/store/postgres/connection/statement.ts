import { createHash } from 'node:crypto'

/** A named statement. Each connection parses and plans it once. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export function statement(text: string): Statement {
  return { name: createHash('sha1').update(text).digest('base64url'), text }
}

/** A parameter. Bytes are in PostgreSQL's binary format (encoding/arrays.ts), all else is sent as text. */
export type Parameter = string | number | boolean | Buffer | null

/** A statement with its parameters. `Row` is the type of its rows. */
export interface Bound<Row = unknown> extends Statement {
  readonly values: readonly Parameter[]
  /**
   * Makes something else of each row as it arrives. Of many rows that are kept until the transaction ends, the memory is the
   * cost. Left out: rows stay as they are.
   */
  readonly read?: (row: never) => Row
  /** Never set. It carries the type. */
  readonly row?: Row
}

export function bind<Row>({ name, text }: Statement, values: readonly Parameter[]): Bound<Row> {
  return { name, text, values }
}

/** As `bind`, with what is made of each row. */
export function bindReading<Stored, Row>(
  { name, text }: Statement,
  values: readonly Parameter[],
  read: (row: Stored) => Row,
): Bound<Row> {
  return { name, text, values, read }
}
