import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient, type QueryResultRow } from 'pg'
import { HeadlockError } from '../../../domain/errors.ts'
import { OperatorError } from '../../../domain/operator-error.ts'
import type { Millis } from '../../../domain/time.ts'
import type { PoolState } from '../../store-figures.ts'
import { parserOf } from '../encoding/value-types.ts'
import { queryWithTimeout } from './bounded-query.ts'
import { assertCertificateFiles } from './certificate-files.ts'
import { destroy, endConnection, untilCloseTimeout } from './close-timeout.ts'
import { commit } from './commit.ts'
import type { Statement } from './statement.ts'

/** How long opening a connection may take. */
const connectTimeoutMs: Millis = 5_000
/**
 * How long a statement may take in the database. The limit for its answer is a little longer, in case the
 * database is frozen.
 */
const statementTimeoutMs: Millis = 8_000
const answerTimeoutMs: Millis = 10_000
/** How long a transaction waits for a queue that another server holds. */
const lockTimeoutMs: Millis = 6_000
/**
 * When a connection without time limits has been silent this long, the system begins to probe whether the
 * other end is alive.
 */
const idleBeforeProbeMs: Millis = 10_000
/** The pause between attempts to open a spare connection. */
const openPauseMs: Millis = 1_000
/**
 * Bounds how many calls wait for a connection. The next call is refused at once, instead of after a long
 * wait.
 */
const waitingMax = 10_000

/**
 * Makes every statement find its rows by an index. Statistics would mislead the planner: a queue that was
 * empty a minute ago may be large now. Each connection plans a statement once. Only `check` scans whole
 * tables, on a connection without these options.
 */
export const plannerOptions = [
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
  'plan_cache_mode=force_generic_plan',
]

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  readonly schema: string
  readonly connectionsMax: number
  /**
   * Called with a message when something fails outside a call, such as a connection that is lost while it is
   * idle.
   */
  onProblem(problem: string): void
}

/** The connections to the database. */
export class Database {
  readonly schema: string
  readonly #pool: Pool
  readonly #connectionsMax: number
  readonly #configWithoutTimeouts: ClientConfig
  /** The open connections. Each promise resolves when its connection has ended. */
  readonly #ends = new Map<ClientBase, Promise<void>>()
  #isCluster = false
  #isClosed = false
  #isOpening = false
  #openNotBefore = 0

  constructor(options: DatabaseOptions) {
    if (new URL(options.url).searchParams.has('options')) {
      throw new OperatorError(
        'The URL of the store has the parameter "options", which would replace the settings that Headlock needs.',
        'Leave it out.',
      )
    }
    assertCertificateFiles(options.url)
    this.schema = options.schema
    this.#connectionsMax = options.connectionsMax
    const settings = [
      ...plannerOptions,
      `search_path=${options.schema}`,
      `statement_timeout=${statementTimeoutMs}`,
      `lock_timeout=${lockTimeoutMs}`,
      `idle_in_transaction_session_timeout=${answerTimeoutMs}`,
    ]
    this.#pool = new Pool({
      connectionString: options.url,
      application_name: 'headlock',
      options: settings.map((setting) => `-c ${setting}`).join(' '),
      max: options.connectionsMax,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: answerTimeoutMs,
      keepAlive: true,
      types: { getTypeParser: parserOf },
      // Not `verify`: if a call gave up during it, its connection would never be released.
      onConnect: (client: ClientBase) => this.#prepare(client),
    } as ConstructorParameters<typeof Pool>[0])
    this.#configWithoutTimeouts = {
      connectionString: options.url,
      application_name: 'headlock',
      options: `-c search_path=${options.schema}`,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: idleBeforeProbeMs,
      types: { getTypeParser: parserOf as never },
    }
    // A connection that is lost during use fails its statements, which is enough. Without a listener the
    // event would end the process.
    this.#pool.on('connect', (client) => client.on('error', ignore))
    this.#pool.on('error', (error) =>
      options.onProblem(`a connection to the database was lost: ${error.message}`),
    )
  }

  /**
   * Whether an open connection may be used just to wait for a lock. Half of the connections are kept for
   * other calls. If no connection is idle, another one is opened in the background: if the database allows no
   * more, working calls must not wait for it.
   */
  get hasSpareConnection(): boolean {
    const { totalCount, idleCount, waitingCount } = this.#pool
    const inUseAfterwards = totalCount - idleCount + 1
    if (waitingCount > 0 || inUseAfterwards * 2 > this.#connectionsMax) return false
    if (idleCount === 0) this.#openAnother()
    return idleCount > 0
  }

  /** What the connections do at this moment. */
  get state(): PoolState {
    const { totalCount, idleCount, waitingCount } = this.#pool
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount }
  }

  /** Whether Citus may spread the tables over several machines. Known once the first connection is open. */
  get isCluster(): boolean {
    return this.#isCluster
  }

  /** Runs one statement in a transaction of its own. Errors of the database are thrown unchanged. */
  async query<Row extends QueryResultRow>({ name, text }: Statement, values: unknown[]): Promise<Row[]> {
    return this.use(async (client) => (await client.query<Row>({ name, text, values })).rows)
  }

  /**
   * Errors of the database are thrown unchanged. A connection is not used again after anything but a refusal
   * failed on it.
   */
  async use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new HeadlockError('storeUnavailable', { problem: 'the store is closing' })
    if (this.#pool.waitingCount >= waitingMax) {
      throw new HeadlockError('storeUnavailable', {
        problem: `${waitingMax} calls wait for a connection already`,
      })
    }
    const client = await this.#pool.connect()
    let failed = true
    try {
      const result = await work(client)
      failed = false
      return result
    } catch (error) {
      // A refusal is an answer. The connection is still good.
      failed = !(error instanceof HeadlockError)
      throw error
    } finally {
      client.release(failed)
    }
  }

  /**
   * Runs one transaction.
   *
   * @throws CommitUnknown, and database errors after which nothing was changed
   */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.use(async (client) => {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      const result = await work(client)
      await commit(client, [])
      return result
    })
  }

  /**
   * Opens a connection without time limits, for work that scans everything. Use `queryWithTimeout` on it for
   * quick statements.
   */
  async useWithoutTimeouts<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ ...this.#configWithoutTimeouts })
    client.on('error', ignore)
    await client.connect()
    try {
      await queryWithTimeout(client, prepareStatement)
      return await work(client)
    } finally {
      await endConnection(client)
    }
  }

  #openAnother(): void {
    if (this.#isOpening || performance.now() < this.#openNotBefore) return
    this.#isOpening = true
    this.#pool
      .connect()
      .then(
        (client) => client.release(),
        () => {
          this.#openNotBefore = performance.now() + openPauseMs
        },
      )
      .finally(() => {
        this.#isOpening = false
      })
  }

  /**
   * Prepares a new connection. A standby is refused: it would answer reads with data of a moment ago (11.2).
   * If the address leads to a standby for a while, its connections fail like those that cannot be opened, and
   * a retry may reach the primary.
   */
  async #prepare(client: ClientBase): Promise<void> {
    const end = new Promise<void>((resolve) => client.once('end', resolve))
    this.#ends.set(client, end)
    void end.then(() => this.#ends.delete(client))
    try {
      const { rows } = await queryWithTimeout<Prepared>(client, prepareStatement)
      const { standby, cluster } = rows[0]!
      this.#isCluster = cluster
      if (standby) {
        throw Object.assign(new Error('the server is a standby, which may be behind'), { code: '25006' })
      }
      if (this.#isClosed) throw new HeadlockError('storeUnavailable', { problem: 'the store is closing' })
    } catch (error) {
      // The pool rejects its call only after the connection has ended, and a frozen server does not confirm
      // that.
      destroy(client)
      throw error
    }
  }

  /** Closes all connections, whether the database answers or not. An open one would keep its thread alive. */
  async close(): Promise<void> {
    this.#isClosed = true
    await untilCloseTimeout(Promise.all([this.#pool.end(), ...this.#ends.values()]))
    for (const client of this.#ends.keys()) destroy(client)
  }
}

function ignore(): void {}

interface Prepared {
  readonly standby: boolean
  readonly cluster: boolean
}

/**
 * If the database or the role is set to acknowledge a commit before it is on disk, this session waits for the
 * disk anyway (11.1). Stricter settings, such as waiting for a standby's disk, stay.
 */
const prepareStatement = `
  SELECT pg_is_in_recovery() AS standby, citus.there AS cluster,
    CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END,
    CASE WHEN citus.there THEN set_config('plan_cache_mode', 'auto', false) END,
    CASE WHEN citus.there THEN set_config('citus.enable_local_execution', 'off', false) END
  FROM (SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS there) AS citus`
