import { join } from 'node:path'
import type { FigureShare } from '../../figures/figures.ts'
import { type ClockSource, clockOf, systemClock } from '../clock.ts'
import { type StepSize, sqliteStepSize } from '../steps/steps.ts'
import type { Store } from '../store.ts'
import { StoreClock } from '../store-clock.ts'
import { DirectoryLock } from './file/directory-lock.ts'
import { makePrivateDirectory } from './file/private-directory.ts'
import { databaseName } from './file/private-files.ts'
import { methodsOf } from './methods/index.ts'
import { SqliteParts } from './methods/parts.ts'
import { Reader } from './reads/reader.ts'
import { SharedReads } from './reads/shared-reads.ts'
import { CallPort } from './thread/call-port.ts'
import type { StoreShare } from './thread/messages.ts'
import { SteppedCalls } from './thread/stepped-calls.ts'
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
    const store = methodsOf(
      new SqliteParts(calls, new SteppedCalls(calls, file, stepSize, reader), reader, async () => {
        await thread.close()
        unlock()
      }),
    )
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
  return methodsOf(new SqliteParts(calls, stepped, reader, async () => calls.end('the store was closed')))
}
