import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestView } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import { type ClockSource, systemClock } from '../clock.ts'
import type { ListRequests, RequestAsk, RequestPage, Store } from '../store.ts'
import { StoreClock } from '../store-clock.ts'
import { DirectoryLock } from './directory-lock.ts'
import { type OperationName, operations } from './operations/index.ts'
import type { NoteReads } from './operations/note-reads.ts'
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
  let closed: Promise<void> | null = null
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
      reads.count(ask, reader.now())
      return view
    },

    async listRequests(ask: ListRequests): Promise<RequestPage> {
      const page = await reader.listRequests(ask)
      const { userId, queue, client } = ask
      const note: NoteReads = { userId, queue, client, readCount: page.items.length, readAt: reader.now() }
      await thread.call('noteReads', note)
      return page
    },

    close(): Promise<void> {
      closed ??= close()
      return closed
    },
  }

  async function close(): Promise<void> {
    reads.hand()
    // Before the writer, so that the last connection to close is the one that empties the log into the file.
    reader.close()
    await thread.close()
    lock.release()
  }
}

/** How long a count of reads may stay on this side of the thread border. */
const handEveryMs = 1000

/** Gathers who read what, and hands it to the storage thread with the next call, or a second later. */
class ReadCounts {
  readonly #thread: StorageThread
  readonly #notes = new Map<string, { -readonly [Key in keyof NoteReads]: NoteReads[Key] }>()
  #timer: NodeJS.Timeout | null = null

  constructor(thread: StorageThread) {
    this.#thread = thread
  }

  count({ userId, queue }: RequestAsk, readAt: Millis): void {
    const key = 'queueId' in queue ? queue.queueId : `${userId} ${queue.ownerName}~${queue.queueName}`
    const note = this.#notes.get(key)
    if (note === undefined) this.#notes.set(key, { userId, queue, client: null, readCount: 1, readAt })
    else {
      note.readCount++
      note.readAt = readAt
    }
    this.#timer ??= setTimeout(() => this.hand(), handEveryMs).unref()
  }

  hand(): void {
    if (this.#notes.size === 0) return
    for (const note of this.#notes.values()) {
      this.#thread.call('noteReads', note).catch(() => {
        // The queue was deleted meanwhile, or the store is closing: nothing to count for.
      })
    }
    this.#notes.clear()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}
