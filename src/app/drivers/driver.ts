import type { TransferListItem } from 'node:worker_threads'
import type { FigureShare } from '../../figures/figures.ts'
import type { ClockSource } from '../../store/clock.ts'
import type { CopySource, CopyTarget, StepSize } from '../../store/copy/ends.ts'
import type { VerifyProgress, VerifyReport } from '../../store/maintenance/verify-report.ts'
import type { StoreShare } from '../../store/sqlite/thread/messages.ts'
import type { Accounts, Store } from '../../store/store.ts'
import type { PostgresChoice } from '../config/store-choice.ts'
import type { BackupOptions } from '../maintenance/backup.ts'
import type { RestoreOptions, RestoreReport } from '../maintenance/restore.ts'

/**
 * Everything that the program does with one kind of store. `driverOf` chooses the driver; no other code depends on the
 * kind. When a store cannot do something, its driver throws a UsageError that says how to do it there.
 *
 * A driver opens nothing when it is created, and each method loads its code when it is called. So the help appears at
 * once, and a server with the embedded store never loads the PostgreSQL client.
 */
export interface StoreDriver {
  /** Where the data is: a directory, or a database without its password. Messages put this behind "in". */
  readonly place: string
  /** The address in the form of `headlock copy`, without the password. */
  readonly address: string
  /** Equal for two drivers of the same store, as far as that is visible without opening it. */
  readonly identity: string
  /** The flag that names this store to another command, without its password. Null when it is the default store. */
  readonly flag: { readonly name: string; readonly value: string } | null
  /** V8 flags for a process that only serves this store. */
  readonly memoryFlags: readonly string[]

  /** Opens the store for a server. @throws OperatorError when it cannot be used */
  open(options: OpenOptions): Promise<OpenedStore>
  /**
   * Opens the users and tokens. Servers may run meanwhile.
   *
   * @throws OperatorError when they cannot be used, or no server has ever started on this store
   */
  openAccounts(): Promise<Accounts>
  /** Verifies the whole store. Servers may run meanwhile. @throws OperatorError when that is not possible */
  verify(options: VerifyOptions): Promise<VerifyReport>
  /** Brings the schema to the version of this program. @returns how many migrations ran @throws OperatorError */
  migrate(): Promise<number>
  /** Writes a backup. @returns its size in bytes @throws OperatorError that also says whether a backup exists */
  backUp(options: Omit<BackupOptions, 'directory'>): Promise<number>
  /** Restores a backup. @throws OperatorError that also says whether a database exists */
  restore(options: Omit<RestoreOptions, 'directory'>): Promise<RestoreReport>
  /** Opens the store as the source of a copy. @throws OperatorError */
  openSource(options?: CopyOptions): Promise<CopySource>
  /** Opens the store as the target of a copy. It is created when it does not exist. @throws OperatorError */
  openTarget(options?: CopyOptions): Promise<CopyTarget>
}

export interface StoreEvents {
  /** Called with a text for the log when work in the background fails. The store keeps running and tries again. */
  onProblem(problem: string): void
  /** Called with a text for the log when the settings of the database put acknowledged data at risk. */
  onRisk?(risk: string): void
  /** Called with a text for the log when other users of the machine lost their rights on the data. */
  onTightened?(what: string): void
  /** Called when the store has failed permanently. It refuses every call from then on. */
  onFailure(error: Error): void
}

export interface OpenOptions {
  readonly clock: ClockSource
  readonly events: StoreEvents
  /** The most connections of this process to a database. */
  readonly storeConnections: number
  /** How many threads answer calls. */
  readonly threads: number
  /** Where this thread and the storage thread (if there is one) count. */
  readonly figures: { readonly main: FigureShare; readonly storage: FigureShare }
}

/** An open store, which other threads of the process can share. */
export interface OpenedStore {
  readonly store: Store
  /** Makes what one HTTP thread passes to `openThreadStore`. */
  shareWithThread(): ThreadStore
}

/** What an HTTP thread needs to use the same store. */
export interface ThreadStore {
  readonly way: WayToStore
  /** The parts that are transferred to the thread instead of copied. */
  readonly transfer: readonly TransferListItem[]
}

/** A share of the embedded store, or the options with which a thread opens its own PostgreSQL store. */
export type WayToStore =
  | { readonly kind: 'sqlite'; readonly share: StoreShare }
  | {
      readonly kind: 'postgres'
      readonly choice: PostgresChoice
      readonly connectionsMax: number
      /** The memory of a test's clock; undefined for the system's clock. */
      readonly clock: SharedArrayBuffer | undefined
    }

export interface VerifyOptions {
  /** Whether everything that follows from other data is recomputed first. */
  readonly repair: boolean
  onProgress(progress: VerifyProgress): void
  onTightened?(what: string): void
}

export interface CopyOptions {
  readonly stepSize?: StepSize
  readonly onTightened?: (what: string) => void
}
