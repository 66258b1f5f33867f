import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError, reasonOf, UsageError } from '../../domain/operator-error.ts'
import { type ClockSource, clockOf, systemClock } from '../../store/clock.ts'
import type { CopySource, CopyTarget } from '../../store/copy/ends.ts'
import type { VerifyReport } from '../../store/maintenance/verify-report.ts'
import { databaseName } from '../../store/sqlite/file/private-files.ts'
import type { Accounts, Store } from '../../store/store.ts'
import { prepareDataDirectory } from '../config/data-directory.ts'
import { settings } from '../config/settings.ts'
import type { BackupOptions } from '../maintenance/backup.ts'
import type { RestoreOptions, RestoreReport } from '../maintenance/restore.ts'
import type {
  CopyOptions,
  OpenedStore,
  OpenOptions,
  StoreDriver,
  VerifyOptions,
  WayToStore,
} from './driver.ts'

/** The embedded store, in a data directory. */
export class SqliteDriver implements StoreDriver {
  readonly #directory: string
  /** The flags that the program is started with keep its memory small, which this store needs beside its caches. */
  readonly memoryFlags = []

  constructor(directory: string) {
    this.#directory = directory
  }

  get place(): string {
    return this.#directory
  }

  get address(): string {
    return `sqlite:${this.#directory}`
  }

  get identity(): string {
    return `sqlite:${realPath(this.#directory)}`
  }

  get flag() {
    const { flag, byDefault, parse } = settings.dataDirectory
    return this.#directory === parse(byDefault!) ? null : { name: flag!, value: this.#directory }
  }

  /** The data directory is made when it is not there. */
  async open({ clock, events, figures }: OpenOptions): Promise<OpenedStore> {
    const directory = this.#directory
    prepareDataDirectory(directory)
    const { openSqliteStore } = await import('../../store/sqlite/store.ts')
    try {
      const store = await openSqliteStore({ directory, clock, figures: figures.storage, ...events })
      return {
        store,
        shareWithThread() {
          const share = store.share()
          return { way: { kind: 'sqlite', share }, transfer: [share.port] }
        },
      }
    } catch (cause) {
      throw openError(cause, directory)
    }
  }

  /** A directory without a database stays so: a misspelt one must not become a new, empty one. */
  async openAccounts(): Promise<Accounts> {
    const directory = this.#directory
    if (!existsSync(join(directory, databaseName))) {
      throw new OperatorError(
        `There is no Headlock database in ${directory}.`,
        'Name the directory of your server with --data; the first start of a server makes the database.',
      )
    }
    const { openSqliteAccounts } = await import('../../store/sqlite/accounts.ts')
    try {
      return openSqliteAccounts({ directory, clock: systemClock })
    } catch (cause) {
      throw openError(cause, directory)
    }
  }

  /** To repair it, no server may use the directory. */
  async verify({ repair, onProgress, onTightened }: VerifyOptions): Promise<VerifyReport> {
    const { verifyDirectory } = await import('../maintenance/verify.ts')
    return verifyDirectory(this.#directory, repair, onProgress, onTightened)
  }

  async migrate(): Promise<number> {
    throw new UsageError(
      'The embedded store is migrated by the start of its server.',
      'For a PostgreSQL, name its database with --store postgres://USER:PASSWORD@HOST/DATABASE or HEADLOCK_STORE.',
    )
  }

  async backUp(options: Omit<BackupOptions, 'directory'>): Promise<number> {
    const { backUp } = await import('../maintenance/backup.ts')
    return backUp({ ...options, directory: this.#directory })
  }

  async restore(options: Omit<RestoreOptions, 'directory'>): Promise<RestoreReport> {
    const { restore } = await import('../maintenance/restore.ts')
    return restore({ ...options, directory: this.#directory })
  }

  async openSource({ stepSize, onTightened }: CopyOptions = {}): Promise<CopySource> {
    const { openSqliteSource } = await import('../../store/copy/sqlite-source.ts')
    return namedBy('--from', () => openSqliteSource(this.#directory, stepSize, onTightened))
  }

  async openTarget({ onTightened }: CopyOptions = {}): Promise<CopyTarget> {
    const { openSqliteTarget } = await import('../../store/copy/sqlite-target.ts')
    return namedBy('--to', () => openSqliteTarget(this.#directory, onTightened))
  }
}

/** In an HTTP thread: a connection of its own to read, and the one storage thread to write. */
export async function joinSqliteThread({
  share,
}: WayToStore & { kind: 'sqlite' }): Promise<{ store: Store; clock: ClockSource }> {
  const { joinSqliteStore } = await import('../../store/sqlite/store.ts')
  return { store: joinSqliteStore(share), clock: clockOf(share.clock) }
}

/** Says which database could not be opened and what to do; errors that say so themselves stay as they are. */
function openError(cause: unknown, directory: string): OperatorError {
  if (cause instanceof OperatorError) return cause
  return new OperatorError(
    `The database in ${directory} cannot be opened: ${reasonOf(cause)}.`,
    "If the file is damaged or not Headlock's, restore a backup or choose another directory with --data.",
    { cause },
  )
}

/** A copy names the directory by another flag than a server does. */
function namedBy<Result>(flag: string, open: () => Result): Result {
  try {
    return open()
  } catch (error) {
    throw error instanceof OperatorError ? error.withFlag(flag) : error
  }
}

function realPath(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    // Not there yet.
    return directory
  }
}
