import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestView } from '../../domain/request.ts'
import { type ClockSource, systemClock } from '../clock.ts'
import type { ListRequests, RequestAsk, RequestPage, Store } from '../store.ts'
import { StoreClock } from '../store-clock.ts'
import { DirectoryLock } from './directory-lock.ts'
import { type OperationName, operations } from './operations/index.ts'
import { Reader } from './reader.ts'
import { StorageThread } from './storage-thread.ts'

export interface SqliteOptions {
  /** Made when it is not there. */
  readonly directory: string
  readonly clock?: ClockSource
}

/** The name of the database inside the data directory. */
export const databaseName = 'headlock.sqlite'

/**
 * Opens the embedded store: one file, one process, one thread that writes.
 *
 * @throws Error saying what to do when another server has the directory, or the file cannot be used
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { directory, clock = systemClock } = options
  mkdirSync(directory, { recursive: true })
  const lock = DirectoryLock.take(directory)
  try {
    const file = join(directory, databaseName)
    const thread = await StorageThread.start({ file, clock: clock.shared })
    const reader = new Reader(file, new StoreClock(clock, 0, thread.clockCell))
    return storeOf(thread, reader, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

type ThreadMethods = Omit<Store, 'getRequest' | 'listRequests' | 'close'>

function storeOf(thread: StorageThread, reader: Reader, lock: DirectoryLock): Store {
  const reads = new ReadCounts(thread)
  const throughThread: Record<string, (ask: unknown) => Promise<unknown>> = {}
  for (const name of Object.keys(operations) as OperationName[]) {
    throughThread[name] = (ask) => {
      // Before it, so that the statistics a call shows are exact.
      reads.hand()
      return thread.call(name, ask)
    }
  }
  return {
    ...(throughThread as unknown as ThreadMethods),

    async getRequest(ask: RequestAsk): Promise<RequestView> {
      const view = reader.getRequest(ask)
      reads.count(ask)
      return view
    },

    async listRequests(ask: ListRequests): Promise<RequestPage> {
      const page = await reader.listRequests(ask)
      const { userId, queue, client } = ask
      await thread.call('noteReads', { userId, queue, client, readCount: page.items.length })
      return page
    },

    async close(): Promise<void> {
      reads.close()
      // Before the writer, so that the last connection to close is the one that empties the log into the file.
      reader.close()
      await thread.close()
      lock.release()
    },
  }
}

/** How long a count of reads may stay on this side of the thread border. */
const handEveryMs = 1000

/** Gathers who read what, and hands it to the storage thread with the next call, or a second later. */
class ReadCounts {
  readonly #thread: StorageThread
  readonly #counts = new Map<string, { ask: RequestAsk; count: number }>()
  #timer: NodeJS.Timeout | null = null

  constructor(thread: StorageThread) {
    this.#thread = thread
  }

  count(ask: RequestAsk): void {
    const key = 'queueId' in ask.queue ? ask.queue.queueId : `${ask.queue.ownerName}~${ask.queue.queueName}`
    const known = this.#counts.get(key)
    if (known !== undefined) known.count++
    else this.#counts.set(key, { ask, count: 1 })
    this.#timer ??= setTimeout(() => this.hand(), handEveryMs).unref()
  }

  hand(): void {
    if (this.#counts.size === 0) return
    for (const { ask, count } of this.#counts.values()) {
      const { userId, queue } = ask
      this.#thread.call('noteReads', { userId, queue, client: null, readCount: count }).catch(() => {
        // The queue was deleted meanwhile, or the store is closing: nothing to count for.
      })
    }
    this.#counts.clear()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  close(): void {
    this.hand()
  }
}
