import type { ClientBase, Connection, Submittable } from 'pg'
import { parserOf } from '../encoding/value-types.ts'
import { messagesOf } from './flight-messages.ts'
import type { Bound } from './statement.ts'

export interface Answer<Row = unknown> {
  readonly rows: Row[]
  /** The command and its counts, as PostgreSQL says them: `COMMIT`, `INSERT 0 1`. */
  readonly command: string
}

type AnswersTo<Statements extends readonly (Bound | null)[]> = {
  -readonly [Index in keyof Statements]: Statements[Index] extends Bound<infer Row> | null
    ? Answer<Row>
    : never
}

/** A flight failed. */
export interface FlightFailure {
  readonly error: unknown
  /** How many statements were answered before. After an error of the database, it skipped those behind the next one. */
  readonly answeredCount: number
}

/**
 * Sends statements in one piece and waits for all their answers: one write, one wake-up on each side. A
 * statement that is null is left out, and answered with no rows.
 *
 * The database skips what comes after a statement that failed. The connection cannot be used again then.
 *
 * @throws Error of the database or the driver
 */
export async function fly<const Statements extends readonly (Bound | null)[]>(
  client: ClientBase,
  statements: Statements,
): Promise<AnswersTo<Statements>> {
  const sent = statements.filter((each) => each !== null)
  const flown = sent.length === 0 ? [] : await tryToFly(client, sent)
  if (!Array.isArray(flown)) throw flown.error
  let next = 0
  return statements.map((each) => (each === null ? noAnswer : flown[next++])) as AnswersTo<Statements>
}

const noAnswer: Answer = { rows: [], command: '' }

/** Like `fly`, but a failure is a result, with how far the flight came. */
export function tryToFly(
  client: ClientBase,
  statements: readonly Bound[],
): Promise<Answer[] | FlightFailure> {
  return new Promise((resolve) => client.query(new Flight(statements, resolve)))
}

interface Column {
  readonly name: string
  readonly parse: (text: string) => unknown
}

/** The columns of the statements that a connection knows, by name of the statement. */
const knownStatements = new WeakMap<Connection, Map<string, readonly Column[]>>()

/** What the driver calls while it sends a flight and reads the answers. */
class Flight implements Submittable {
  readonly statements: readonly Bound[]
  readonly #answers: Answer[] = []
  #known = new Map<string, readonly Column[]>()
  #rows: unknown[] = []
  /** The driver wraps it to stop the timer of its time limit. */
  callback: (error: unknown) => void

  constructor(statements: readonly Bound[], done: (result: Answer[] | FlightFailure) => void) {
    this.statements = statements
    this.callback = (error) => {
      if (error == null) done(this.#answers)
      else done({ error, answeredCount: this.#answers.length })
    }
  }

  submit(connection: Connection): void {
    this.#known = knownStatements.get(connection) ?? this.#known
    knownStatements.set(connection, this.#known)
    const statements = this.statements.map((bound) => {
      const isNew = !this.#known.has(bound.name)
      // Without a description it has no columns.
      if (isNew) this.#known.set(bound.name, [])
      return { bound, isNew }
    })
    connection.stream.write(messagesOf(statements))
  }

  handleRowDescription({
    fields,
  }: {
    readonly fields: readonly { name: string; dataTypeID: number }[]
  }): void {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, parse: parserOf(dataTypeID) }))
    this.#known.set(this.statements[this.#answers.length]!.name, columns)
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const { name, read } = this.statements[this.#answers.length]!
    const columns = this.#known.get(name)!
    const row: Record<string, unknown> = {}
    for (const [index, { name, parse }] of columns.entries()) {
      const text = fields[index]!
      row[name] = text === null ? null : parse(text)
    }
    this.#rows.push(read === undefined ? row : read(row as never))
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#answers.push({ rows: this.#rows, command: text })
    this.#rows = []
  }

  handleReadyForQuery(): void {
    this.callback(null)
  }

  handleError(error: unknown): void {
    this.callback(error)
  }
}
