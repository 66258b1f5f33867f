import type { QueueUser, Right } from '../../domain/caller.ts'
import type { RequestView } from '../../domain/request.ts'
import { viewOfJob } from '../jobs/job.ts'
import { OrderedWalks } from '../jobs/ordered-walks.ts'
import { runAction } from '../jobs/run-action.ts'
import { runFork } from '../jobs/run-fork.ts'
import { stepJobs } from '../jobs/run-jobs.ts'
import { ownView, stopJob } from '../jobs/stop-job.ts'
import { listRequests } from '../list-requests.ts'
import type { AnswerOf, ParamsOf, QueueOperationName } from '../operations/index.ts'
import type { UnlockRequests } from '../params/head-and-locks.ts'
import type { QueueParams } from '../params/queues.ts'
import type { DeleteRequests, GetRequest } from '../params/requests.ts'
import type { CallsUnderWay } from '../steps/calls-under-way.ts'
import { deleteInSteps } from '../steps/delete.ts'
import { untilLooked } from '../steps/look.ts'
import type { StepSize } from '../steps/steps.ts'
import { unlockInSteps } from '../steps/unlock.ts'
import type { Store } from '../store.ts'
import type { StoreFigures } from '../store-figures.ts'
import { PostgresAccounts } from './accounts.ts'
import { Batchers } from './batching/batchers.ts'
import { heldLocks } from './batching/held-locks.ts'
import { ReadNotes } from './batching/read-notes.ts'
import type { PostgresClock } from './clock.ts'
import type { Database } from './connection/pool.ts'
import { withRetries } from './connection/retries.ts'
import { statement } from './connection/statement.ts'
import { getHeadItems } from './encoding/head-items.ts'
import { PostgresInsight } from './insight/insight.ts'
import { deleteEndedJobs, jobsOfOwner } from './jobs/job-rows.ts'
import { PostgresJobSteps } from './jobs/job-steps.ts'
import { check } from './maintenance/check.ts'
import { GroupBuilding } from './maintenance/group-building.ts'
import { inspectStore } from './maintenance/inspect-store.ts'
import { Purges } from './maintenance/purges.ts'
import { QueueLookup } from './queue-lookup.ts'
import { PostgresQueues } from './queues.ts'
import { recentQueues } from './reads/recent-queues.ts'
import { RequestReads } from './reads/request-reads.ts'
import { whenAvailable } from './reads/when-available.ts'
import { PostgresRequestRows } from './request-rows.ts'
import { deletedQueues, forgetDeletedQueues } from './series/deleted-queues.ts'
import { deleteOldFigures } from './series/old-figures.ts'
import { Overviews } from './series/overviews.ts'
import { FigureSaves } from './series/save-figures.ts'
import { ServerFigures } from './series/server-figures.ts'
import { QueueWatches } from './waiting/queue-watches.ts'

/** How often access times and statistics of reads are written to the database. */
const saveEveryMs = 1000
/** How often to look for figures that are too old. */
const deleteEveryMs = 10_000
/** How often the connections are counted for the figures. */
const countPoolEveryMs = 1000
/** How often to look for deleted queues whose rows another server has not deleted. */
const purgeEveryMs = 10_000

/** Queues in which handled requests may be due. The time of a queue may be ahead of the database's clock. */
const selectToRevisit = statement(`
  SELECT queue_id FROM queues
  WHERE revisit_at IS NOT NULL AND revisit_at <= greatest($1::bigint + clock_lead, shown_at)
  ORDER BY revisit_at LIMIT 100`)

/** Every method of the store, each handed on to the part that performs it. That is why the file is long. */
export class PostgresStore {
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
  readonly #walks: OrderedWalks
  readonly #insight: PostgresInsight
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
    this.#figures = new FigureSaves(database, clock)
    this.#overviews = new Overviews(database)
    this.#batchers = new Batchers(database, clock, this.#notes, figures, this.#figures, () =>
      this.#building.start(),
    )
    this.#reads = new RequestReads(database, clock)
    this.#lookup = new QueueLookup(database)
    this.#queues = new PostgresQueues(database, clock, this.#lookup, this.#notes, this.#figures, (queueId) =>
      this.#batchers.save(queueId),
    )
    this.#insight = new PostgresInsight(database, clock, this.#lookup, this.#figures)
    this.#jobs = new PostgresJobSteps(
      database,
      clock,
      this.#queues,
      stepSize,
      (queueId, name, params) => this.#step(queueId, name, params),
      (params) => this.#insight.findRequests(params),
    )
    this.#walks = new OrderedWalks(this.#jobs)
    this.#accounts = new PostgresAccounts(database, clock)
    this.#purges = new Purges(database, this.#figures, onProblem)
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
    const insight = this.#insight
    const serverFigures = new ServerFigures(this.#database, this.#figures)
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
      listHead: (params) => untilLooked(() => this.#onQueue('listHead', params)),
      lockHead: (params) => untilLooked(() => this.#onQueue('lockHead', params)),
      returnLocks: (params) => this.#onQueue('returnLocks', params),
      prolongLock: (params) => this.#onQueue('prolongLock', params),
      deleteLock: (params) => this.#onQueue('deleteLock', params),
      unlockRequests: (params) => this.#unlock(params),

      inspectRequests: (params) => insight.inspectRequests(params),
      getRequestHistory: (params) => insight.history(params),
      explainQueue: async (params) =>
        insight.explain(params, await untilLooked(() => this.#onQueue('peekHead', params))),
      findRequests: (params) => insight.findRequests(params),
      inspectRequest: (params) => insight.inspectRequest(params),
      listFailures: (params) => insight.listFailures(params),
      listClients: (params) => insight.listClients(params),
      listHosts: (params) => insight.listHosts(params),
      figures: (params) => insight.figures(params),
      serverFigures: (params) => serverFigures.read(params, () => queues.now()),

      whenAvailable: async (params) =>
        whenAvailable(this.#database, this.#clock, await this.#lookup.idAt(params), params),
      watchQueue: (params) => this.#watches.watch(params),

      listOverviews: async (params) => this.#overviews.list(params, await queues.now()),
      changedOverviews: async (params) => this.#overviews.changed(params, await queues.now()),
      deletedQueues: async (params) => deletedQueues(this.#database, params, await queues.now()),

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

  async #continueJobs(): Promise<boolean> {
    if (performance.now() >= this.#nextJobDeletionAt) {
      await deleteEndedJobs(this.#database, await this.#queues.now())
      this.#nextJobDeletionAt = performance.now() + deleteEveryMs
    }
    return stepJobs(this.#jobs, this.#walks)
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
    const now = await this.#queues.now()
    await forgetDeletedQueues(this.#database, now)
    const hasMore = await deleteOldFigures(this.#database, now)
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
