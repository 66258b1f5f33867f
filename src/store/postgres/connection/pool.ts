import { createHash } from 'node:crypto'
import { Client, type ClientBase, type ClientConfig, Pool, type PoolClient, type QueryResultRow } from 'pg'
import { HeadlockError } from '../../../domain/errors.ts'
import { OperatorError } from '../../../domain/operator-error.ts'
import type { Millis } from '../../../domain/time.ts'
import { parserOf } from '../encoding/value-types.ts'
import { queryWithTimeout } from './bounded-query.ts'
import { beforeGoodbyeIsOver, cut, endConnection } from './close-timeout.ts'
import { commit } from './commit.ts'

/** So long a connection may take to come about. */
const connectTimeoutMs: Millis = 5_000
/** So long a statement may take in the database, and a little more until its answer is here: it may be frozen. */
const statementTimeoutMs: Millis = 8_000
const answerTimeoutMs: Millis = 10_000
/** So long a transaction waits for a queue that another server works on. */
const lockTimeoutMs: Millis = 6_000
/** A connection without limits of time whose other end is gone is noticed as long after this as probes of it take. */
const silenceMs: Millis = 10_000
/** Between tries to open a connection that nobody needs at once. */
const openAgainMs: Millis = 1_000
/** So many wait for a connection at the most; whoever comes then is refused at once instead of after a long wait. */
const waitingMax = 10_000

/**
 * Every statement here finds its rows by an index, whatever the statistics say of a queue that was empty a minute ago; a
 * plan is made once a connection. (`check` alone walks, and says so.)
 */
const plannerOptions = [
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
  /** Is told in words of what fails outside a call: a connection that was cut while nobody used it. */
  onProblem(problem: string): void
}

/** A statement with a name, so that a connection parses and plans it once. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export function statement(text: string): Statement {
  return { name: createHash('sha1').update(text).digest('base64url'), text }
}

/** The connections to the database. */
export class Database {
  readonly schema: string
  readonly #pool: Pool
  readonly #connectionsMax: number
  readonly #unhurried: ClientConfig
  /** The connections that are there, each with its end. */
  readonly #ends = new Map<ClientBase, Promise<void>>()
  #isCluster = false
  #isClosed = false
  #isOpening = false
  #opensAgainAt = 0

  constructor(options: DatabaseOptions) {
    if (new URL(options.url).searchParams.has('options')) {
      throw new OperatorError(
        'The URL of the store has the parameter "options", which would replace the settings that Headlock needs.',
        'Leave it out.',
      )
    }
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
      pipeline: true,
      types: { getTypeParser: parserOf },
      // Not `verify`: a connection whose call gives up meanwhile would be nobody's, for good.
      onConnect: (client: ClientBase) => this.#prepare(client),
    } as ConstructorParameters<typeof Pool>[0])
    this.#unhurried = {
      connectionString: options.url,
      application_name: 'headlock',
      options: `-c search_path=${options.schema}`,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: silenceMs,
      types: { getTypeParser: parserOf as never },
    }
    // One that is cut while it is in use fails the statements under way, which tells enough; without a listener the
    // event would end the process.
    this.#pool.on('connect', (client) => client.on('error', ignore))
    this.#pool.on('error', (error) =>
      options.onProblem(`a connection to the database was lost: ${error.message}`),
    )
  }

  /**
   * Whether a connection that is open already may be spent on waiting: half of them stay for others. Another one is opened
   * beside the calls, because where no more are to be had, those that work must not wait for one.
   */
  get hasOneToSpare(): boolean {
    const { totalCount, idleCount, waitingCount } = this.#pool
    const inUseThen = totalCount - idleCount + 1
    if (waitingCount > 0 || inUseThen * 2 > this.#connectionsMax) return false
    if (idleCount === 0) this.#openAnother()
    return idleCount > 0
  }

  /** Whether the tables may be spread over several machines, by Citus. Known with the first connection. */
  get isCluster(): boolean {
    return this.#isCluster
  }

  /** One statement in a transaction of its own; errors of the database come as they are. */
  async query<Row extends QueryResultRow>({ name, text }: Statement, values: unknown[]): Promise<Row[]> {
    return this.use(async (client) => (await client.query<Row>({ name, text, values })).rows)
  }

  /** Errors of the database come as they are. A connection on which something failed is not used again. */
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
      // A refusal is an answer; the connection is as good as before.
      failed = !(error instanceof HeadlockError)
      throw error
    } finally {
      client.release(failed)
    }
  }

  /** One transaction. @throws CommitUnknown, and errors of the database after which nothing was done */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    return this.use(async (client) => {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      const result = await work(client)
      await commit(client, [])
      return result
    })
  }

  /** A connection of its own without limits of time, for what walks through everything; what does not goes through `queryWithTimeout`. */
  async useUnhurried<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ ...this.#unhurried })
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
    if (this.#isOpening || performance.now() < this.#opensAgainAt) return
    this.#isOpening = true
    this.#pool
      .connect()
      .then(
        (client) => client.release(),
        () => {
          this.#opensAgainAt = performance.now() + openAgainMs
        },
      )
      .finally(() => {
        this.#isOpening = false
      })
  }

  /**
   * Makes a new connection fit for use. A standby would answer reads, with what was true a moment ago (11.2). Where the
   * address leads to one for a while, its connections are refused like those that cannot be had, and the next try may reach
   * the primary.
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
      // The pool tells its call only when the connection has ended, and a frozen server does not confirm that.
      cut(client)
      throw error
    }
  }

  /** Leaves no connection open, whether the database answers or not: it would keep its thread alive. */
  async close(): Promise<void> {
    this.#isClosed = true
    await beforeGoodbyeIsOver(Promise.all([this.#pool.end(), ...this.#ends.values()]))
    for (const client of this.#ends.keys()) cut(client)
  }
}

function ignore(): void {}

interface Prepared {
  readonly standby: boolean
  readonly cluster: boolean
}

/**
 * Where a database, or a role in it, is set to acknowledge a commit before it is on the disk, this session waits for the
 * disk all the same (11.1). What asks for more than that, a standby's disk, stays.
 *
 * In a cluster of Citus, generic plans fail or go to all shards. A statement that this node executes by itself, because it has the
 * shard, keeps the snapshot it took before it waited for a move of the shard: it would not find a queue that is there.
 */
const prepareStatement = `
  SELECT pg_is_in_recovery() AS standby, citus.there AS cluster,
    CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END,
    CASE WHEN citus.there THEN set_config('plan_cache_mode', 'auto', false) END,
    CASE WHEN citus.there THEN set_config('citus.enable_local_execution', 'off', false) END
  FROM (SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS there) AS citus`
