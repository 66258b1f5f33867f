import { join } from 'node:path'
import type { Caller, QueueUser } from '../../domain/caller.ts'
import { HeadlockError } from '../../domain/errors.ts'
import type { RequestHistory } from '../../domain/history/history.ts'
import type { HeadItem, RequestView } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type { FigureShare } from '../../figures/figures.ts'
import { type ClockSource, clockOf, systemClock } from '../clock.ts'
import { viewOfJob } from '../jobs/job.ts'
import { ownView } from '../jobs/stop-job.ts'
import type { MoreToLookAt } from '../operations/hand-out/take-by-groups.ts'
import { queueOperations } from '../operations/index.ts'
import type { NoteReads } from '../operations/note-reads.ts'
import type { FigureSteps, Figures, GetFigures, QueueFigures } from '../params/figures.ts'
import type { GetHeadItems } from '../params/head-and-locks.ts'
import type {
  ClientPage,
  Explanation,
  FailureList,
  FindRequests,
  FoundPage,
  FoundRequest,
  HostPage,
  ListClients,
  ListFailures,
  ListHosts,
} from '../params/insight.ts'
import type { JobParams, JobView, ListJobs } from '../params/jobs.ts'
import type { ChangedOverviews, ListOverviews, OverviewPage, QueueOverview } from '../params/overviews.ts'
import type { QueueParams } from '../params/queues.ts'
import type {
  GetRequest,
  InspectRequests,
  ListRequests,
  RequestPage,
  RequestParams,
  RequestsOverview,
} from '../params/requests.ts'
import type { QueueCounts, RecentQueues, StoreState } from '../params/state.ts'
import type { EndWatch, WatchQueue } from '../params/waiting.ts'
import { hasMoreToLookAt } from '../steps/look.ts'
import { type StepSize, sqliteStepSize } from '../steps/steps.ts'
import type { Store } from '../store.ts'
import { StoreClock } from '../store-clock.ts'
import { DirectoryLock } from './file/directory-lock.ts'
import { makePrivateDirectory } from './file/private-directory.ts'
import { databaseName } from './file/private-files.ts'
import { readable } from './file/storage-problem.ts'
import { type AnswerOf, type OperationName, type ParamsOf, storeOperationNames } from './operations/index.ts'
import { Reader } from './reads/reader.ts'
import { SharedReads } from './reads/shared-reads.ts'
import { CallPort } from './thread/call-port.ts'
import type { StoreShare } from './thread/messages.ts'
import { type HeadCall, SteppedCalls } from './thread/stepped-calls.ts'
import { StorageThread } from './thread/storage-thread.ts'

export interface SqliteOptions {
  /** Created if it does not exist. */
  readonly directory: string
  readonly clock?: ClockSource
  /** Called with a message when background work of the store fails. The store continues, and tries again. */
  readonly onProblem?: (problem: string) => void
  /** Called with a message when permissions were taken from other users of the machine. */
  readonly onTightened?: (what: string) => void
  /** Called when the store has failed and cannot recover. Every later call is refused. */
  readonly onFailure?: (error: Error) => void
  /** Where the storage thread counts its figures. */
  readonly figures?: FigureShare
  /** For tests. */
  readonly stepSize?: StepSize
}

/** The embedded store. Other threads of the process may join it. */
export interface SqliteStore extends Store {
  /** What one other thread needs for `joinSqliteStore`. `port` has to be transferred. */
  share(): StoreShare
}

/**
 * Opens the embedded store: one file, one process, one thread that writes.
 *
 * @throws OperatorError if another server uses the directory, if other users can use it, or if the file
 *   cannot be used
 */
export async function openSqliteStore(options: SqliteOptions): Promise<SqliteStore> {
  makePrivateDirectory(options.directory)
  const lock = DirectoryLock.take(options.directory, options.onTightened)
  try {
    return await openLocked({ ...options, directory: lock.directory }, () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }
}

/** @param unlock called after the store was closed, but not if opening it fails */
async function openLocked(options: SqliteOptions, unlock: () => void): Promise<SqliteStore> {
  const { clock = systemClock } = options
  const file = join(options.directory, databaseName)
  const reads = new SharedReads()
  let calls: CallPort | undefined
  const thread = await StorageThread.start(
    { file, clock: clock.shared, reads: reads.memory, figures: options.figures },
    {
      problem: (problem) => options.onProblem?.(problem),
      failed(error) {
        calls?.end(`the storage thread failed: ${error.message}`)
        options.onFailure?.(error)
      },
    },
  )
  try {
    calls = new CallPort(thread.connect())
    const { stepSize = sqliteStepSize } = options
    const share = (): StoreShare => ({
      file,
      stepSize,
      clock: clock.shared,
      clockCell: thread.clockCell,
      reads: reads.memory,
      port: thread.connect(),
    })
    const reader = new Reader(file, new StoreClock(clock, 0, thread.clockCell), reads)
    const store = storeOf(calls, new SteppedCalls(calls, file, stepSize, reader), reader, async () => {
      await thread.close()
      unlock()
    })
    return { ...store, share }
  } catch (error) {
    await thread.close()
    throw error
  }
}

/**
 * The same store for another thread: it reads on its own connection, and writes through the same storage
 * thread.
 */
export function joinSqliteStore({ file, clock, clockCell, reads, port, stepSize }: StoreShare): Store {
  const reader = new Reader(file, new StoreClock(clockOf(clock), 0, clockCell), new SharedReads(reads))
  const calls = new CallPort(port)
  const stepped = new SteppedCalls(calls, file, stepSize, reader)
  return storeOf(calls, stepped, reader, async () => calls.end('the store was closed'))
}

type ThreadMethods = Omit<
  Store,
  | 'findQueueId'
  | 'getRequest'
  | 'listRequests'
  | 'inspectRequests'
  | 'getRequestHistory'
  | 'whenAvailable'
  | 'getJob'
  | 'listJobs'
  | 'figures'
  | 'serverFigures'
  | 'explainQueue'
  | 'listOverviews'
  | 'changedOverviews'
  | 'deletedQueues'
  | 'findRequests'
  | 'inspectRequest'
  | 'listFailures'
  | 'listHosts'
  | 'listClients'
  | 'watchQueue'
  | 'findCaller'
  | 'recentQueues'
  | 'inspectStore'
  | 'close'
>

function storeOf(
  calls: CallPort,
  stepped: SteppedCalls,
  reader: Reader,
  release: () => Promise<void>,
): Store {
  let closed: Promise<void> | null = null
  const throughThread: Record<string, (params: unknown) => Promise<unknown>> = {}
  const names = [...storeOperationNames, ...Object.keys(queueOperations)] as OperationName[]
  for (const name of names) {
    throughThread[name] = (params) =>
      closed === null ? calls.call(name, params as never) : Promise.reject(closingError())
  }
  return {
    ...(throughThread as unknown as ThreadMethods),
    ...stepped.methods(),
    listHead: (params) => headCall('listHead', params),
    lockHead: (params) => headCall('lockHead', params),

    async findQueueId(params: QueueParams): Promise<string | null> {
      assertOpen()
      return readable(() => reader.findQueueId(params))
    },

    async getRequest(params: GetRequest): Promise<RequestView> {
      assertOpen()
      const { view, counted, readAt, queueId } = await readable(() => reader.getRequest(params))
      if (!counted) {
        const { userId } = params
        const note: NoteReads = { userId, queue: { queueId }, client: null, readCount: 1, readAt }
        await calls.call('noteReads', note)
      }
      return view
    },

    async listRequests(params: ListRequests): Promise<RequestPage> {
      assertOpen()
      const { readAt, queueId, ...page } = await readable(() => reader.listRequests(params))
      const { userId, client } = params
      if (client === null) return page
      const note: NoteReads = { userId, queue: { queueId }, client, readCount: page.items.length, readAt }
      await calls.call('noteReads', note)
      return page
    },

    async getHeadItems(params: GetHeadItems): Promise<HeadItem[]> {
      assertOpen()
      return readable(() => reader.getHeadItems(params))
    },

    async inspectRequests(params: InspectRequests): Promise<RequestsOverview> {
      assertOpen()
      return readable(() => reader.insight.inspectRequests(params))
    },

    async getRequestHistory(params: RequestParams): Promise<RequestHistory> {
      assertOpen()
      return readable(() => reader.insight.history(params))
    },

    async getJob(params: JobParams): Promise<JobView> {
      assertOpen()
      return readable(() => ownView(reader.job(params.jobId), params, reader.now()))
    },

    async listJobs({ userId, limit }: ListJobs): Promise<JobView[]> {
      assertOpen()
      const now = reader.now()
      return readable(() => reader.jobsOf(userId, limit).map((job) => viewOfJob(job, now)))
    },

    async whenAvailable(params: QueueParams): Promise<Millis | null> {
      assertOpen()
      return readable(() => reader.whenAvailable(params))
    },

    /** Saves them first: a look finds what was done until now, and a test need not wait for the next save. */
    async figures(params: GetFigures): Promise<QueueFigures> {
      assertOpen()
      const queueId = await calls.call('saveFigures', { userId: params.userId, queue: params.queue })
      return readable(() => reader.insight.figures({ ...params, queue: { queueId } }))
    },

    async serverFigures(params: FigureSteps): Promise<Figures> {
      assertOpen()
      await calls.call('saveSomeFigures', undefined)
      return readable(() => reader.insight.serverFigures(params))
    },

    async explainQueue(params: QueueParams): Promise<Explanation> {
      const { queueId, items } = await headCall('peekHead', params)
      // By its ID: the name may belong to another queue by now.
      return readable(() => reader.insight.explain({ ...params, queue: { queueId } }, items))
    },

    async recentQueues(params: RecentQueues): Promise<QueueCounts[]> {
      assertOpen()
      return readable(() => reader.insight.recentQueues(params))
    },

    async inspectStore(): Promise<StoreState> {
      assertOpen()
      return readable(() => reader.insight.inspectStore())
    },

    async listOverviews(params: ListOverviews): Promise<OverviewPage> {
      assertOpen()
      return readable(() => reader.insight.listOverviews(params))
    },

    async changedOverviews(params: ChangedOverviews): Promise<readonly QueueOverview[]> {
      assertOpen()
      return readable(() => reader.insight.changedOverviews(params))
    },

    async deletedQueues(params: QueueUser): Promise<readonly string[]> {
      assertOpen()
      return readable(() => reader.insight.deletedQueues(params))
    },

    async findRequests(params: FindRequests): Promise<FoundPage> {
      assertOpen()
      return readable(() => reader.insight.findRequests(params))
    },

    async inspectRequest(params: RequestParams): Promise<FoundRequest> {
      assertOpen()
      return readable(() => reader.insight.inspectRequest(params))
    },

    async listFailures(params: ListFailures): Promise<FailureList> {
      assertOpen()
      return readable(() => reader.insight.listFailures(params))
    },

    async listHosts(params: ListHosts): Promise<HostPage> {
      assertOpen()
      return readable(() => reader.insight.listHosts(params))
    },

    /** Saves what clients did first, as `figures` does. */
    async listClients(params: ListClients): Promise<ClientPage> {
      assertOpen()
      const queueId = await calls.call('saveFigures', { userId: params.userId, queue: params.queue })
      return readable(() => reader.insight.listClients({ ...params, queue: { queueId } }))
    },

    async watchQueue(params: WatchQueue): Promise<EndWatch> {
      assertOpen()
      return calls.watch(params)
    },

    async findCaller({ tokenHash }): Promise<Caller | null> {
      assertOpen()
      return readable(() => reader.findCaller(tokenHash))
    },

    close(): Promise<void> {
      closed ??= close()
      return closed
    },
  }

  /** Hardly any call needs more than one step. */
  async function headCall<Name extends HeadCall>(name: Name, params: ParamsOf<Name>) {
    const answer = (await throughThread[name]!(params)) as AnswerOf<Name>
    if (!hasMoreToLookAt(answer)) return answer as Exclude<AnswerOf<Name>, MoreToLookAt>
    return stepped.lookOn(name, params)
  }

  function assertOpen(): void {
    if (closed !== null) throw closingError()
  }

  async function close(): Promise<void> {
    await stepped.finish()
    // Before the writing connection, because the last connection to close copies the log into the file.
    reader.close()
    await calls.drain()
    await release()
  }
}

function closingError(): HeadlockError {
  return new HeadlockError('storeUnavailable', { problem: 'the store is closing' })
}
