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

/** The driver of the embedded store in a data directory. */
export class SqliteDriver implements StoreDriver {
  readonly #directory: string
  /** None. The program is started with flags that keep the heap small, because the caches of this store need memory too. */
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

  /** Creates the data directory when it does not exist. */
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

  /** Creates no database, because a misspelt path must not silently become a new, empty one. */
  async openAccounts(): Promise<Accounts> {
    const directory = this.#directory
    if (!existsSync(join(directory, databaseName))) {
      throw new OperatorError(
        `There is no Headlock database in ${directory}.`,
        'Name the data directory of your server with --data. The first start of a server creates the database.',
      )
    }
    const { openSqliteAccounts } = await import('../../store/sqlite/accounts.ts')
    try {
      return openSqliteAccounts({ directory, clock: systemClock })
    } catch (cause) {
      throw openError(cause, directory)
    }
  }

  /** With `repair`, no server may use the directory. */
  async verify({ repair, onProgress, onTightened }: VerifyOptions): Promise<VerifyReport> {
    const { verifyDirectory } = await import('../maintenance/verify.ts')
    return verifyDirectory(this.#directory, repair, onProgress, onTightened)
  }

  async migrate(): Promise<number> {
    throw new UsageError(
      'The embedded store needs no migration command: each start of its server migrates it.',
      'To migrate a PostgreSQL database, name it with --store postgres://USER:PASSWORD@HOST/DATABASE or HEADLOCK_STORE.',
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

/** Joins the embedded store from an HTTP thread: it reads on its own connection, and the storage thread writes. */
export async function joinSqliteThread({
  share,
}: WayToStore & { kind: 'sqlite' }): Promise<{ store: Store; clock: ClockSource }> {
  const { joinSqliteStore } = await import('../../store/sqlite/store.ts')
  return { store: joinSqliteStore(share), clock: clockOf(share.clock) }
}

/** Names the database that could not be opened, and says what to do. An OperatorError stays as it is. */
function openError(cause: unknown, directory: string): OperatorError {
  if (cause instanceof OperatorError) return cause
  return new OperatorError(
    `The database in ${directory} cannot be opened: ${reasonOf(cause)}.`,
    'If the file is damaged or belongs to another program, restore a backup or choose another directory with --data.',
    { cause },
  )
}

/** Puts the flag of a copy into the advice of an error: a server names its directory by another flag. */
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
    // It does not exist yet.
    return directory
  }
}
