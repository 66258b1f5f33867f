import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../domain/operator-error.ts'
import { foldedName } from '../../domain/queue.ts'
import type { Millis } from '../../domain/time.ts'
import { type ClientRow, clientNames } from '../columns/clients.ts'
import { valuesAt } from '../columns/column.ts'
import { type GroupRow, groupRowNames } from '../columns/groups.ts'
import { type QueueRow, queueNames } from '../columns/queues.ts'
import { type RequestRow, requestNames } from '../columns/requests.ts'
import { placeholders, queueRowOf, type Stored, toStored } from '../sqlite/columns.ts'
import { assertDurable } from '../sqlite/file/database.ts'
import { directoryProblem, makePrivateDirectory } from '../sqlite/file/private-directory.ts'
import { rebuildGroups } from '../sqlite/groups/rebuild-groups.ts'
import { createUnfinishedCopies } from '../sqlite/maintenance/schema.ts'
import { migrate } from '../sqlite/migrations/migrate.ts'
import type { CopyTarget, Progress } from './ends.ts'
import { type CopiedQueueRow, type Counted, stateOfQueue, type TokenRow, type UserRow } from './rows.ts'
import { SqliteDirectory } from './sqlite-directory.ts'
import { countOf, latestTimeInFile } from './sqlite-source.ts'

/**
 * How many pages of log trigger a checkpoint. It is large, because steps are large and nobody waits for an
 * answer.
 */
const checkpointPages = 16_384
/** How many rows of an unusable copy one transaction deletes. */
const deletedRowsMax = 20_000

/**
 * Opens a data directory to copy into, and creates it if it does not exist. No server can use it until it is
 * closed.
 *
 * @throws OperatorError if a server uses it, or if it belongs to a newer Headlock
 */
export function openSqliteTarget(directory: string, onTightened?: (what: string) => void): CopyTarget {
  try {
    makePrivateDirectory(directory)
  } catch (cause) {
    throw new OperatorError(
      `The data directory ${directory} cannot be made: ${directoryProblem(cause)}.`,
      'Name another directory with {flag}.',
      { cause, flag: '--to' },
    )
  }
  function prepare(db: DatabaseSync): void {
    migrate(db)
    db.exec(createUnfinishedCopies)
    assertDurable(db)
    db.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
  }
  const opened = SqliteDirectory.open(directory, prepare, onTightened)
  return new SqliteTarget(`sqlite:${directory}`, opened)
}

interface Unfinished {
  readonly queueId: string
  readonly queueNumber: number
  afterId: string | null
  copied: number
}

class SqliteTarget implements CopyTarget {
  readonly name: string
  readonly #directory: SqliteDirectory
  readonly #db: DatabaseSync
  readonly #insertRequest
  readonly #insertGroup
  readonly #insertClient
  /** The queue that is being copied. It has requests in the target, but its row does not exist yet. */
  #unfinished: Unfinished | null = null

  constructor(name: string, directory: SqliteDirectory) {
    this.name = name
    this.#directory = directory
    this.#db = directory.db
    this.#insertRequest = this.#db.prepare(`
      INSERT INTO requests (queue_number, ${requestNames.join(', ')}) VALUES (?, ${placeholders(requestNames)})`)
    this.#insertGroup = this.#db.prepare(`
      INSERT OR REPLACE INTO groups (queue_number, ${groupRowNames.join(', ')}) VALUES (?, ${placeholders(groupRowNames)})`)
    this.#insertClient = this.#db.prepare(`
      INSERT INTO queue_clients (queue_number, ${clientNames.join(', ')}) VALUES (?, ${placeholders(clientNames)})`)
  }

  async findUsers(users: readonly UserRow[]): Promise<UserRow[]> {
    const find = this.#db.prepare(
      'SELECT id, username, created_at FROM users WHERE id = ? OR username_folded = ?',
    )
    return users.flatMap(({ id, username }) => find.all(id, foldedName(username)) as unknown as UserRow[])
  }

  async findTokens(tokens: readonly TokenRow[]): Promise<TokenRow[]> {
    const find = this.#db.prepare('SELECT * FROM tokens WHERE id = ? OR token_hash = ?')
    return tokens
      .flatMap(({ id, token_hash }) => find.all(id, token_hash))
      .map((row) => ({ ...row, read_only: row['read_only'] !== 0 }) as unknown as TokenRow)
  }

  async findQueues(queues: readonly CopiedQueueRow[]): Promise<CopiedQueueRow[]> {
    const columns = queueNames.join(', ')
    const find = this.#db.prepare(`
      SELECT ${columns} FROM queues WHERE id = ?1
      UNION ALL
      SELECT ${columns} FROM queues WHERE owner_id = ?2 AND name_folded = ?3 AND id <> ?1`)
    return queues
      .flatMap(({ id, owner_id, name }) => find.all(id, owner_id, name === null ? null : foldedName(name)))
      .map((row) => queueRowOf<QueueRow>(row as unknown as Stored<QueueRow>))
      .map((row) => ({ ...row, shown_at: row.accessed_at }))
  }

  async addUsers(users: readonly UserRow[]): Promise<void> {
    const insert = this.#db.prepare(
      'INSERT INTO users (id, username, username_folded, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    )
    this.#transaction(() => {
      for (const { id, username, created_at } of users) {
        insert.run(id, username, foldedName(username), created_at)
      }
    })
  }

  async addTokens(tokens: readonly TokenRow[]): Promise<void> {
    const insert = this.#db.prepare(`
      INSERT INTO tokens (id, user_id, token_hash, label, run_id, read_only, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
    this.#transaction(() => {
      for (const { id, user_id, token_hash, label, run_id, read_only, created_at } of tokens) {
        insert.run(id, user_id, token_hash, label, run_id, read_only ? 1 : 0, created_at)
      }
    })
  }

  async resume(queue: CopiedQueueRow): Promise<Progress> {
    this.#unfinished = null
    const marker = this.#db
      .prepare('SELECT queue_number, state, after_id, copied FROM unfinished_copies WHERE queue_id = ?')
      .get(queue.id)
    if (marker === undefined) return { afterId: null, copied: 0 }
    const queueNumber = marker['queue_number'] as number
    const afterId = marker['after_id'] as string | null
    const copied = marker['copied'] as number
    // A server may have deleted some of it meanwhile, or the source may have changed.
    if (marker['state'] !== stateOfQueue(queue) || !this.#isWhole(queueNumber, afterId, copied)) {
      this.#deleteUnusable(queue.id, queueNumber)
      return { afterId: null, copied: 0 }
    }
    this.#unfinished = { queueId: queue.id, queueNumber, afterId, copied }
    return { afterId, copied }
  }

  async addRequests(queue: CopiedQueueRow, requests: readonly RequestRow[]): Promise<void> {
    this.#transaction(() => {
      const unfinished = this.#markUnfinished(queue)
      this.#insert(unfinished.queueNumber, requests)
      unfinished.copied += requests.length
      unfinished.afterId = requests.at(-1)?.id ?? unfinished.afterId
      this.#db
        .prepare('UPDATE unfinished_copies SET after_id = ?, copied = ? WHERE queue_id = ?')
        .run(unfinished.afterId, unfinished.copied, queue.id)
    })
  }

  async addGroups(queue: CopiedQueueRow, groups: readonly GroupRow[]): Promise<void> {
    this.#transaction(() => {
      const { queueNumber } = this.#markUnfinished(queue)
      for (const group of groups) this.#insertGroup.run(queueNumber, ...valuesAt(groupRowNames, group))
    })
  }

  async finish(
    queue: CopiedQueueRow,
    requests: readonly RequestRow[],
    clients: readonly ClientRow[],
  ): Promise<void> {
    this.#transaction(() => {
      const unfinished = this.#unfinished
      const queueNumber = unfinished?.queueNumber ?? this.#newQueueNumber()
      if (unfinished !== null && !this.#isWhole(queueNumber, unfinished.afterId, unfinished.copied)) {
        throw new OperatorError(
          `Some copied requests of the queue ${queue.id} are missing in the target.`,
          'Run the copy again.',
        )
      }
      this.#insert(queueNumber, requests)
      for (const client of clients) this.#insertClient.run(queueNumber, ...valuesAt(clientNames, client))
      this.#db
        .prepare(`
          INSERT INTO queues (number, name_folded, ${queueNames.join(', ')})
          VALUES (?, ?, ${placeholders(queueNames)})`)
        .run(
          queueNumber,
          queue.name === null ? null : foldedName(queue.name),
          ...valuesAt(queueNames, queue).map(toStored),
        )
      if (queue.grouping !== null) rebuildGroups(this.#db, queueNumber, queue.shown_at)
      this.#db.prepare('DELETE FROM purges WHERE queue_number = ?').run(queueNumber)
      this.#db.prepare('DELETE FROM unfinished_copies WHERE queue_id = ?').run(queue.id)
    })
    this.#unfinished = null
  }

  async count(queueId: string): Promise<Counted> {
    return countOf(this.#db, queueId)
  }

  async complete(shownAt: Millis): Promise<void> {
    this.#transaction(() => {
      // The clock of the file continues from the latest time in it (rule 3.7). If the clock of this machine
      // is behind the source's latest time, that time has to be in the file. Otherwise expired locks would
      // come back to life.
      if (shownAt > Date.now() && shownAt > latestTimeInFile(this.#db)) {
        this.#db
          .prepare(`
            UPDATE queues SET accessed_at = ? WHERE number = (
              SELECT number FROM queues ORDER BY accessed_at DESC LIMIT 1)`)
          .run(shownAt)
      }
      this.#db.exec('DROP TABLE unfinished_copies')
    })
  }

  async close(): Promise<void> {
    this.#directory.close()
  }

  #insert(queueNumber: number, requests: readonly RequestRow[]): void {
    for (const request of requests) {
      this.#insertRequest.run(queueNumber, ...valuesAt(requestNames, request))
    }
  }

  /** The number and marker of the queue, created with its first requests. */
  #markUnfinished(queue: CopiedQueueRow): Unfinished {
    if (this.#unfinished !== null) return this.#unfinished
    const queueNumber = this.#newQueueNumber()
    this.#db.prepare('INSERT INTO purges (queue_number) VALUES (?)').run(queueNumber)
    this.#db
      .prepare('INSERT INTO unfinished_copies (queue_id, queue_number, state, copied) VALUES (?, ?, ?, 0)')
      .run(queue.id, queueNumber, stateOfQueue(queue))
    this.#unfinished = { queueId: queue.id, queueNumber, afterId: null, copied: 0 }
    return this.#unfinished
  }

  /** A number that no queue has had, and that none will get. */
  #newQueueNumber(): number {
    const row = this.#db
      .prepare(`
        SELECT 1 + max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'queues'), 0),
          coalesce((SELECT max(number) FROM queues), 0)) AS number`)
      .get()!
    const queueNumber = row['number'] as number
    this.#db.prepare("DELETE FROM sqlite_sequence WHERE name = 'queues'").run()
    this.#db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('queues', ?)").run(queueNumber)
    return queueNumber
  }

  #isWhole(queueNumber: number, afterId: string | null, copied: number): boolean {
    const found = this.#db
      .prepare(`
        SELECT count(*) AS copied, max(id) AS after_id,
          EXISTS (SELECT 1 FROM purges WHERE queue_number = ?1) AS is_marked
        FROM requests INDEXED BY requests_by_id WHERE queue_number = ?1`)
      .get(queueNumber)!
    return found['copied'] === copied && found['after_id'] === afterId && found['is_marked'] === 1
  }

  #deleteUnusable(queueId: string, queueNumber: number): void {
    const deleteSome = this.#db.prepare(`
      DELETE FROM requests WHERE number IN (
        SELECT number FROM requests INDEXED BY requests_by_id WHERE queue_number = ? LIMIT ${deletedRowsMax})`)
    let changes = 0
    do {
      this.#transaction(() => {
        changes = Number(deleteSome.run(queueNumber).changes)
      })
    } while (changes === deletedRowsMax)
    this.#transaction(() => {
      this.#db.prepare('DELETE FROM groups WHERE queue_number = ?').run(queueNumber)
      this.#db.prepare('DELETE FROM queue_figures WHERE queue_number = ?').run(queueNumber)
      this.#db.prepare('DELETE FROM queue_clients WHERE queue_number = ?').run(queueNumber)
      this.#db.prepare('DELETE FROM purges WHERE queue_number = ?').run(queueNumber)
      this.#db.prepare('DELETE FROM unfinished_copies WHERE queue_id = ?').run(queueId)
    })
  }

  #transaction(work: () => void): void {
    const before = this.#unfinished === null ? null : { ...this.#unfinished }
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      work()
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      this.#unfinished = before
      throw error
    }
  }
}
