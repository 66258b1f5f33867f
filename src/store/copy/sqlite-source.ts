import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { OperatorError } from '../../domain/operator-error.ts'
import type { Millis } from '../../domain/time.ts'
import { type ClientRow, clientNames } from '../columns/clients.ts'
import { type GroupRow, groupRowNames } from '../columns/groups.ts'
import { type QueueRow, queueNames } from '../columns/queues.ts'
import { type RequestRow, requestNames } from '../columns/requests.ts'
import { queueRowOf, type Stored } from '../sqlite/columns.ts'
import { assertOwnSchema } from '../sqlite/maintenance/schema.ts'
import { isMigrated } from '../sqlite/migrations/migrate.ts'
import { type CopySource, type StepSize, stepSizeByDefault } from './ends.ts'
import type { CopiedQueueRow, Counted, TokenRow, UserRow } from './rows.ts'
import { SqliteDirectory } from './sqlite-directory.ts'

/**
 * Opens a data directory to copy from. No server can use it until it is closed.
 *
 * @throws OperatorError if it has no database, if a server uses it, or if its schema has another version
 */
export function openSqliteSource(
  directory: string,
  stepSize: StepSize = stepSizeByDefault,
  onTightened?: (what: string) => void,
): CopySource {
  if (!SqliteDirectory.hasDatabase(directory)) {
    throw new OperatorError(
      `There is no Headlock database in ${directory}.`,
      'Name the data directory of your server: --from sqlite:DIR.',
    )
  }
  function prepare(db: DatabaseSync): void {
    if (!isMigrated(db)) {
      throw new OperatorError(
        'it has another schema than this Headlock knows.',
        'Start a server of this version on it once, which brings an ' +
          'older one up to date; one of a newer version has to be copied by that version.',
      )
    }
    assertOwnSchema(db)
  }
  const opened = SqliteDirectory.open(directory, prepare, onTightened)
  return new SqliteSource(`sqlite:${directory}`, opened, stepSize)
}

class SqliteSource implements CopySource {
  readonly name: string
  readonly #directory: SqliteDirectory
  readonly #db: DatabaseSync
  readonly #stepSize: StepSize
  /** The latest time in the file. A file has one clock for all queues, so no queue has used a later time. */
  readonly #shownAt: Millis

  constructor(name: string, directory: SqliteDirectory, stepSize: StepSize) {
    this.name = name
    this.#directory = directory
    this.#db = directory.db
    this.#stepSize = stepSize
    this.#shownAt = latestTimeInFile(this.#db)
  }

  async *users(): AsyncIterable<UserRow[]> {
    yield* this.#steps<UserRow>('SELECT id, username, created_at FROM users ORDER BY id', [])
  }

  async *tokens(): AsyncIterable<TokenRow[]> {
    const sql = 'SELECT id, user_id, token_hash, label, run_id, read_only, created_at FROM tokens ORDER BY id'
    for (const step of this.#steps<Stored<TokenRow>>(sql, [])) {
      yield step.map((row) => ({ ...row, read_only: row.read_only !== 0 }))
    }
  }

  async *queues(): AsyncIterable<CopiedQueueRow[]> {
    const sql = `SELECT ${queueNames.join(', ')} FROM queues ORDER BY created_at, number`
    for (const step of this.#steps<Stored<QueueRow>>(sql, [])) {
      yield step.map((row) => ({ ...queueRowOf<QueueRow>(row), shown_at: this.#shownAt }))
    }
  }

  async *requests(queueId: string, afterId: string | null): AsyncIterable<RequestRow[]> {
    yield* this.#steps<RequestRow>(
      `SELECT ${requestNames.join(', ')} FROM requests INDEXED BY requests_by_id
       WHERE queue_number = (SELECT number FROM queues WHERE id = ?) AND id > ?
       ORDER BY id`,
      [queueId, afterId ?? ''],
    )
  }

  async *groups(queueId: string): AsyncIterable<GroupRow[]> {
    yield* this.#steps<GroupRow>(
      `SELECT ${groupRowNames.join(', ')} FROM groups INDEXED BY groups_by_name
       WHERE queue_number = (SELECT number FROM queues WHERE id = ?) ORDER BY name`,
      [queueId],
    )
  }

  async clients(queueId: string): Promise<ClientRow[]> {
    const rows = this.#db
      .prepare(`
        SELECT ${clientNames.join(', ')} FROM queue_clients
        WHERE queue_number = (SELECT number FROM queues WHERE id = ?)`)
      .all(queueId)
    return rows as unknown as ClientRow[]
  }

  async count(queueId: string): Promise<Counted> {
    return countOf(this.#db, queueId)
  }

  async close(): Promise<void> {
    this.#directory.close()
  }

  /** Reads rows lazily, in steps. */
  *#steps<Row extends object>(sql: string, values: readonly SQLInputValue[]): Iterable<Row[]> {
    const { rowsMax, bytesMax } = this.#stepSize
    let step: Row[] = []
    let stepBytes = 0
    for (const row of this.#db.prepare(sql).iterate(...values)) {
      step.push(row as Row)
      stepBytes += Number(row['bytes'] ?? 0)
      if (step.length < rowsMax && stepBytes < bytesMax) continue
      yield step
      step = []
      stepBytes = 0
    }
    if (step.length > 0) yield step
  }
}

/** The latest time in the file. A server's clock continues from there (storage.worker.ts). */
export function latestTimeInFile(db: DatabaseSync): Millis {
  const row = db.prepare('SELECT max(max(modified_at), max(accessed_at)) AS shown FROM queues').get()
  return (row?.['shown'] as number | null) ?? 0
}

/** Counts the requests of a queue, each count by the smallest index that has it. */
export function countOf(db: DatabaseSync, queueId: string): Counted {
  const row = db
    .prepare(`
      SELECT
        (SELECT count(*) FROM requests INDEXED BY requests_by_id WHERE queue_number = queues.number) AS total,
        (SELECT count(*) FROM requests INDEXED BY requests_in_order
          WHERE queue_number = queues.number AND available_at IS NOT NULL) AS pending
      FROM queues WHERE id = ?`)
    .get(queueId)
  return { total: Number(row?.['total'] ?? 0), pending: Number(row?.['pending'] ?? 0) }
}
