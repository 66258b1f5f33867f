import type { QueueUser, Right } from '../../domain/caller.ts'
import type { RequestView } from '../../domain/request.ts'
import type { FigureShare } from '../../figures/figures.ts'
import type { ClockSource } from '../clock.ts'
import { listClients } from '../insight/clients.ts'
import { explain } from '../insight/explain.ts'
import { listFailures } from '../insight/failures.ts'
import { findRequests } from '../insight/find-requests.ts'
import { listHosts } from '../insight/hosts.ts'
import { viewOfJob } from '../jobs/job.ts'
import { runAction } from '../jobs/run-action.ts'
import { runFork } from '../jobs/run-fork.ts'
import { stepJobs } from '../jobs/run-jobs.ts'
import { ownView, stopJob } from '../jobs/stop-job.ts'
import { listRequests } from '../list-requests.ts'
import type { AnswerOf, ParamsOf, QueueOperationName } from '../operations/index.ts'
import type { UnlockRequests } from '../params/head-and-locks.ts'
import type { FindRequests, FoundPage } from '../params/insight.ts'
import type { QueueParams } from '../params/queues.ts'
import type { DeleteRequests, GetRequest } from '../params/requests.ts'
import { CallsUnderWay } from '../steps/calls-under-way.ts'
import { deleteInSteps } from '../steps/delete.ts'
import { untilLooked } from '../steps/look.ts'
import { postgresStepSize, type StepSize } from '../steps/steps.ts'
import { unlockInSteps } from '../steps/unlock.ts'
import type { Store } from '../store.ts'
import { StoreFigures } from '../store-figures.ts'
import { PostgresAccounts } from './accounts.ts'
import { Batchers } from './batching/batchers.ts'
import { heldLocks } from './batching/held-locks.ts'
import { ReadNotes } from './batching/read-notes.ts'
import { PostgresClock } from './clock.ts'
import { riskOf } from './connection/durability-settings.ts'
import { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { statement } from './connection/statement.ts'
import { getHeadItems } from './encoding/head-items.ts'
import { PostgresExplainRows } from './insight/explain-rows.ts'
import { PostgresFailureRows } from './insight/failure-rows.ts'
import { PostgresFilterRows } from './insight/filter-rows.ts'
import { PostgresHostRows } from './insight/host-rows.ts'
import { deleteEndedJobs, jobsOfOwner } from './jobs/job-rows.ts'
import { PostgresJobSteps } from './jobs/job-steps.ts'
import { check } from './maintenance/check.ts'
import { clusterRiskOf } from './maintenance/cluster-setup.ts'
import { foreignRiskOf } from './maintenance/foreign-code.ts'
import { GroupBuilding } from './maintenance/group-building.ts'
import { inspectRequests } from './maintenance/inspect-requests.ts'
import { inspectStore } from './maintenance/inspect-store.ts'
import { Purges } from './maintenance/purges.ts'
import { migrate } from './migrations/migrate.ts'
import { QueueLookup } from './queue-lookup.ts'
import { PostgresQueues } from './queues.ts'
import { queueMoment } from './reads/queue-moment.ts'
import { recentQueues } from './reads/recent-queues.ts'
import { requestHistory } from './reads/request-history.ts'
import { RequestReads } from './reads/request-reads.ts'
import { whenAvailable } from './reads/when-available.ts'
import { PostgresRequestRows } from './request-rows.ts'
import { deleteOldFigures } from './series/old-figures.ts'
import { Overviews } from './series/overviews.ts'
import { readFigures } from './series/read-figures.ts'
import { FigureSaves } from './series/save-figures.ts'
import { QueueWatches } from './waiting/queue-watches.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** The schema of the tables. */
  readonly schema?: string
  /** The most connections that this process opens. */
  readonly connectionsMax?: number
  /** For tests. By default the database's clock decides. */
  readonly clock?: ClockSource
  /** Called with a message when background work of the store fails. The store continues, and tries again. */
  readonly onProblem?: (problem: string) => void
  /**
   * Called with a message when a crash of the database's machine could lose acknowledged changes, or when the
   * tables have triggers or similar that Headlock did not create.
   */
  readonly onRisk?: (risk: string) => void
  /** Where this thread counts its figures. */
  readonly figures?: FigureShare
  /** For tests. */
  readonly stepSize?: StepSize
}

export const schemaByDefault = 'headlock'
export const connectionsByDefault = 10

/** How often access times and statistics of reads are written to the database. */
const saveEveryMs = 1000
/** How often to look for figures that are too old. */
const deleteEveryMs = 10_000
/** How often the connections are counted for the figures. */
const countPoolEveryMs = 1000
/** How often to look for deleted queues whose rows another server has not deleted. */
const purgeEveryMs = 10_000

/**
 * Opens the store that many servers can share. Each server is a process with its own connections. They share
 * only the database.
 *
 * @throws OperatorError if the schema is newer, and errors of the driver if the database cannot be reached
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const onProblem = options.onProblem ?? (() => {})
  const database = new Database({
    url: options.url,
    schema: options.schema ?? schemaByDefault,
    connectionsMax: options.connectionsMax ?? connectionsByDefault,
    onProblem,
  })
  try {
    const risks = await withRetries(() =>
      database.useWithoutTimeouts(async (client) => {
        await migrate(client, database.schema)
        return options.onRisk === undefined
          ? []
          : [await riskOf(client), await foreignRiskOf(client), await clusterRiskOf(client)]
      }),
    )
    for (const risk of risks) if (risk !== null) options.onRisk?.(risk)
  } catch (error) {
    await database.close()
    throw error
  }
  const { clock, stepSize = postgresStepSize } = options
  const underWay = new CallsUnderWay()
  const figures = new StoreFigures(options.figures)
  const store = new PostgresStore(database, new PostgresClock(clock), onProblem, stepSize, underWay, figures)
  return closingOnce(store.methods(), underWay)
}

/** Migrates the schema and closes the connection. Returns how many migrations ran. */
export async function migratePostgres(options: Pick<PostgresOptions, 'url' | 'schema'>): Promise<number> {
  const { url, schema = schemaByDefault } = options
  const database = new Database({ url, schema, connectionsMax: 1, onProblem: () => {} })
  try {
    return await database.useWithoutTimeouts((client) => migrate(client, schema))
  } finally {
    await database.close()
  }
}

/** Queues in which handled requests may be due. The time of a queue may be ahead of the database's clock. */
const selectToRevisit = statement(`
  SELECT queue_id FROM queues
  WHERE revisit_at IS NOT NULL AND revisit_at <= greatest($1::bigint + clock_lead, shown_at)
  ORDER BY revisit_at LIMIT 100`)

/** Every method of the store, each handed on to the part that performs it. That is why the file is long. */
class PostgresStore {
  readonly #database: Database
  readonly #clock: PostgresClock
  readonly #stepSize: StepSize
  readonly #underWay: CallsUnderWay
  readonly #notes = new ReadNotes()
  readonly #figures: FigureSaves
  readonly #overviews: Overviews
  readonly #batchers: Batchers
  readonly #reads: RequestReads
  readonly #lookup: QueueLookup
  readonly #queues: PostgresQueues
  readonly #accounts: PostgresAccounts
  readonly #purges: Purges
  readonly #watches: QueueWatches
  readonly #building: GroupBuilding
  readonly #jobs: PostgresJobSteps
  readonly #timers: NodeJS.Timeout[]
  #saving: Promise<void> | null = null
  /** When to look for old figures, by `performance.now()`. */
  #nextDeletionAt = 0
  #nextJobDeletionAt = 0

  constructor(
    database: Database,
    clock: PostgresClock,
    onProblem: (problem: string) => void,
    stepSize: StepSize,
    underWay: CallsUnderWay,
    figures: StoreFigures,
  ) {
    this.#database = database
    this.#clock = clock
    this.#stepSize = stepSize
    this.#underWay = underWay
    this.#figures = new FigureSaves(database)
    this.#overviews = new Overviews(database)
    this.#batchers = new Batchers(database, clock, this.#notes, figures, this.#figures, () =>
      this.#building.start(),
    )
    this.#reads = new RequestReads(database, clock)
    this.#lookup = new QueueLookup(database)
    this.#queues = new PostgresQueues(database, clock, this.#lookup, this.#notes, (queueId) =>
      this.#batchers.save(queueId),
    )
    this.#jobs = new PostgresJobSteps(
      database,
      this.#queues,
      stepSize,
      (queueId, name, params) => this.#step(queueId, name, params),
      (params) => this.#findRequests(params),
    )
    this.#accounts = new PostgresAccounts(database, clock)
    this.#purges = new Purges(database, onProblem)
    this.#watches = new QueueWatches(database, clock, onProblem)
    this.#building = new GroupBuilding(
      database,
      (queueId) => withRetries(() => this.#batchers.build(queueId)),
      onProblem,
    )
    this.#timers = [
      setInterval(() => this.#saveInTurn(), saveEveryMs).unref(),
      setInterval(() => figures.pool(database.state), countPoolEveryMs).unref(),
      setInterval(() => this.#purges.start(), purgeEveryMs).unref(),
      setInterval(() => this.#building.start(), purgeEveryMs).unref(),
    ]
    figures.pool(database.state)
    this.#purges.start()
    this.#building.start()
  }

  methods(): Store {
    const queues = this.#queues
    const accounts = this.#accounts
    return {
      listQueues: (params) => queues.list(params),
      getOrCreateQueue: (params) => queues.getOrCreate(params),
      getQueue: (params) => queues.get(params),
      inspectQueue: (params) => queues.inspect(params),
      findQueueId: (params) => this.#lookup.find(params),
      updateQueue: (params) => this.#onQueue('updateQueue', params),
      deleteQueue: async (params) => {
        await queues.delete(params)
        this.#purges.start()
      },

      addRequests: (params) => this.#onQueue('addRequests', params),
      getRequest: (params) => this.#getRequest(params),
      updateRequest: (params) => this.#onQueue('updateRequest', params),
      deleteRequest: (params) => this.#onQueue('deleteRequest', params),
      deleteRequests: (params) => this.#delete(params),
      listRequests: async (params) => {
        const queueId = await this.#lookup.idAt(params)
        const { readAt, ...page } = await listRequests(this.#rowsOf(queueId, params, 'read'), params)
        const { userId, client } = params
        if (client !== null) {
          const note = { userId, queue: { queueId }, client, readCount: page.items.length, readAt }
          await this.#onQueue('noteReads', note)
        }
        return page
      },

      getHeadItems: async (params) => getHeadItems(this.#database, await this.#lookup.idAt(params), params),
      inspectRequests: async (params) => {
        const queueId = await this.#lookup.idAt(params)
        const now = await this.#rowsOf(queueId, params, 'inspect').now()
        return inspectRequests(this.#database, queueId, now, params)
      },

      getRequestHistory: async (params) =>
        requestHistory(this.#database, this.#clock, await this.#lookup.idAt(params), params),

      listHead: (params) => untilLooked(() => this.#onQueue('listHead', params)),
      lockHead: (params) => untilLooked(() => this.#onQueue('lockHead', params)),
      returnLocks: (params) => this.#onQueue('returnLocks', params),
      prolongLock: (params) => this.#onQueue('prolongLock', params),
      deleteLock: (params) => this.#onQueue('deleteLock', params),
      unlockRequests: (params) => this.#unlock(params),

      explainQueue: async (params) => {
        const { queueId, items } = await untilLooked(() => this.#onQueue('peekHead', params))
        const moment = await queueMoment(this.#database, this.#clock, queueId, params, 'inspect')
        return explain(new PostgresExplainRows(this.#database, moment), moment, items)
      },

      findRequests: (params) => this.#findRequests(params),

      listFailures: async (params) => {
        const queueId = await this.#lookup.idAt(params)
        await queueMoment(this.#database, this.#clock, queueId, params, 'inspect')
        return listFailures(new PostgresFailureRows(this.#database, queueId), params.limit)
      },
      listClients: async (params) => {
        const queueId = await this.#lookup.idAt(params)
        const { userId } = params
        await queueMoment(this.#database, this.#clock, queueId, { userId }, 'inspect')
        await withRetries(() => this.#figures.clients.save(queueId))
        const moment = await queueMoment(this.#database, this.#clock, queueId, { userId }, 'inspect')
        return listClients(new PostgresExplainRows(this.#database, moment), moment, params)
      },
      listHosts: async (params) => {
        const queueId = await this.#lookup.idAt(params)
        const moment = await queueMoment(this.#database, this.#clock, queueId, params, 'inspect')
        return listHosts(new PostgresHostRows(this.#database, moment), moment, params)
      },

      whenAvailable: async (params) =>
        whenAvailable(this.#database, this.#clock, await this.#lookup.idAt(params), params),
      watchQueue: (params) => this.#watches.watch(params),

      figures: async (params) => {
        const queueId = await this.#lookup.idAt(params)
        await withRetries(() => this.#figures.save(queueId))
        return readFigures(this.#database, this.#clock, queueId, params)
      },
      listOverviews: async (params) => this.#overviews.list(params, await queues.now()),
      changedOverviews: async (params) => this.#overviews.changed(params, await queues.now()),

      actOnRequests: (params) => runAction(this.#jobs, params),
      forkQueue: (params) => runFork(this.#jobs, params, (begin) => queues.beginFork(begin)),
      listJobs: async ({ userId, limit }) => {
        const now = await queues.now()
        return (await jobsOfOwner(this.#database, userId, limit)).map((job) => viewOfJob(job, now))
      },
      getJob: async (params) => {
        const job = await this.#jobs.ownedJob(params.userId, params.jobId)
        return ownView(job, params, await queues.now())
      },
      stopJob: (params) => stopJob(this.#jobs, params),
      continueJobs: () => this.#continueJobs(),

      getPolicy: (params) => this.#onQueue('getPolicy', params),
      putPolicy: (params) => this.#onQueue('putPolicy', params),
      recentQueues: (params) => recentQueues(this.#database, this.#clock, params),
      inspectStore: () => inspectStore(this.#database),

      setCooldown: (params) => this.#onQueue('setCooldown', params),
      endCooldown: (params) => this.#onQueue('endCooldown', params),
      deletePolicy: (params) => this.#onQueue('deletePolicy', params),

      ensureUser: ({ username }) => accounts.ensureUser(username),
      findUser: ({ username }) => accounts.findUser(username),
      createToken: (params) => accounts.createToken(params),
      listTokens: () => accounts.listTokens(),
      revokeToken: ({ id }) => accounts.revokeToken(id),
      findCaller: ({ tokenHash }) => accounts.findCaller(tokenHash),

      expireQueues: async ({ retentionMs }) => {
        await this.#save()
        const expired = await queues.expire(retentionMs)
        if (expired > 0) this.#purges.start()
        return expired
      },
      revisitRequests: () => this.#revisit(),
      check: async () => {
        await this.#save()
        return withRetries(() => check(this.#database, this.#clock))
      },
      // Reads the clock, so that this server knows the database's time from now on (3.7).
      ping: async () => {
        await queues.now()
      },
      close: () => this.#close(),
    }
  }

  /** Performs one step of a call. */
  async #step<Name extends QueueOperationName>(
    queueId: string,
    name: Name,
    params: ParamsOf<Name>,
  ): Promise<AnswerOf<Name>> {
    this.#underWay.assertMayStep()
    return this.#batchers.call(queueId, name, params)
  }

  async #onQueue<Name extends QueueOperationName>(
    name: Name,
    params: ParamsOf<Name> & QueueParams,
  ): Promise<AnswerOf<Name>> {
    return this.#batchers.call(await this.#lookup.idAt(params), name, params)
  }

  #rowsOf(queueId: string, user: QueueUser, right: Right): PostgresRequestRows {
    return new PostgresRequestRows(this.#database, this.#clock, queueId, user, right)
  }

  async #findRequests(params: FindRequests): Promise<FoundPage> {
    const queueId = await this.#lookup.idAt(params)
    return findRequests(new PostgresFilterRows(this.#database, this.#clock, queueId, params), params)
  }

  async #continueJobs(): Promise<boolean> {
    if (performance.now() >= this.#nextJobDeletionAt) {
      await deleteEndedJobs(this.#database, await this.#queues.now())
      this.#nextJobDeletionAt = performance.now() + deleteEveryMs
    }
    return stepJobs(this.#jobs)
  }

  async #delete(params: DeleteRequests): Promise<void> {
    const queueId = await this.#lookup.idAt(params)
    const stepSize = this.#stepSize
    await deleteInSteps(params, (step) => this.#step(queueId, 'deleteRequests', { ...step, stepSize }))
  }

  async #unlock(params: UnlockRequests): Promise<{ unlockedCount: number }> {
    const queueId = await this.#lookup.idAt(params)
    const stepSize = this.#stepSize
    return unlockInSteps({
      releaseAll: () => this.#step(queueId, 'unlockRequests', { ...params, stepSize }),
      held: ({ readAt }) => heldLocks(this.#database, queueId, params, readAt, stepSize),
      release: (requestIds) => this.#step(queueId, 'releaseLocks', { ...params, requestIds }),
    })
  }

  async #getRequest(params: GetRequest): Promise<RequestView> {
    const queueId = await this.#lookup.idAt(params)
    const { view, readAt } = await this.#reads.read(queueId, params)
    // A request that comes without its texts was not read (7.4).
    if (view.longBytes === undefined) this.#notes.add(queueId, { readCount: 1, accessedAt: readAt })
    return view
  }

  /** One step for each queue in which requests are due. */
  async #revisit(): Promise<boolean> {
    const now = await this.#queues.now()
    const rows = await withRetries(() => this.#database.query<{ queue_id: string }>(selectToRevisit, [now]))
    let some = false
    for (const { queue_id } of rows) {
      if (await withRetries(() => this.#batchers.revisit(queue_id))) some = true
    }
    return some
  }

  /**
   * Runs one save at a time. While another server holds a queue, saves must not take one connection after the
   * other.
   */
  #saveInTurn(): void {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = null
    })
  }

  async #save(): Promise<void> {
    try {
      for (const queueId of this.#notes.waiting()) await this.#batchers.save(queueId)
      await this.#figures.saveAll()
      await this.#deleteOldFigures()
    } catch {
      // The reads and the figures wait for the next save.
    }
  }

  /** One step for each save, once in a while. */
  async #deleteOldFigures(): Promise<void> {
    if (performance.now() < this.#nextDeletionAt) return
    const hasMore = await deleteOldFigures(this.#database, await this.#queues.now())
    this.#nextDeletionAt = hasMore ? 0 : performance.now() + deleteEveryMs
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#watches.close()
    await this.#batchers.close()
    await this.#purges.stop()
    await this.#building.stop()
    await this.#saving
    await this.#save()
    await this.#database.close()
  }
}

/** Finishes the calls in flight before the store closes, and closes it only once. Later calls are refused. */
function closingOnce(store: Store, underWay: CallsUnderWay): Store {
  let closed: Promise<void> | null = null
  const methods = Object.entries(store).map(([name, method]) => {
    const guarded = (params: never): Promise<unknown> => underWay.run(() => method(params))
    return [name, guarded]
  })
  return {
    ...(Object.fromEntries(methods) as Store),
    close() {
      closed ??= underWay.finish().then(() => store.close())
      return closed
    },
  }
}
