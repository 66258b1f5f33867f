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
 * All that the program does with a store of one kind. `driverOf` finds it; nobody else asks which kind it is. What a kind
 * cannot do, its driver refuses with a UsageError that says how it is done there.
 *
 * A driver opens nothing by itself, and loads what it needs for a call when it is called: the help answers at once, and
 * whoever keeps everything in a file never loads the driver of a database.
 */
export interface StoreDriver {
  /** Where the data is, for people, to follow "in": a directory, or a database without its password. */
  readonly place: string
  /** As `headlock copy` takes it, but for the password. */
  readonly address: string
  /** The same for two drivers of one store, as far as can be told without opening it. */
  readonly identity: string
  /** What names this store to another command, without its password; null where the command finds it by itself. */
  readonly flag: { readonly name: string; readonly value: string } | null
  /** Flags of V8 that suit this store, for a process that is a server and nothing else. */
  readonly memoryFlags: readonly string[]

  /** For a server. @throws OperatorError when it cannot be used */
  open(options: OpenOptions): Promise<OpenedStore>
  /** Users and tokens, beside running servers. @throws OperatorError when they cannot be used, or no server ever started */
  openAccounts(): Promise<Accounts>
  /** Verifies all of it, beside running servers. @throws OperatorError when that cannot be done */
  verify(options: VerifyOptions): Promise<VerifyReport>
  /** Brings the schema to the version of this program; tells how many migrations ran. @throws OperatorError */
  migrate(): Promise<number>
  /** Tells the size of the backup. @throws OperatorError that says too whether there is a backup */
  backUp(options: Omit<BackupOptions, 'directory'>): Promise<number>
  /** @throws OperatorError that says too whether there is a database */
  restore(options: Omit<RestoreOptions, 'directory'>): Promise<RestoreReport>
  /** To copy from. @throws OperatorError */
  openSource(options?: CopyOptions): Promise<CopySource>
  /** To copy into; made when it is not there. @throws OperatorError */
  openTarget(options?: CopyOptions): Promise<CopyTarget>
}

export interface StoreEvents {
  /** Is told in words when something a store does of itself fails; it goes on, and tries again. */
  onProblem(problem: string): void
  /** Is told in words when what was acknowledged is less safe than it should be, because of how the database is set. */
  onRisk?(risk: string): void
  /** Is told in words when rights on what is kept were taken from other users of the machine. */
  onTightened?(what: string): void
  /** Is told when the store has failed for good; every call is refused from then on. */
  onFailure(error: Error): void
}

export interface OpenOptions {
  readonly clock: ClockSource
  readonly events: StoreEvents
  /** Connections of this process to a database at the most. */
  readonly storeConnections: number
  /** How many threads answer calls. */
  readonly threads: number
  /** Where this thread counts, and a storage thread if there is one. */
  readonly figures: { readonly main: FigureShare; readonly storage: FigureShare }
}

/** A store, and the way for other threads of the process to it. */
export interface OpenedStore {
  readonly store: Store
  /** For one HTTP thread, to be given to `openThreadStore` there. */
  shareWithThread(): ThreadStore
}

/** What an HTTP thread needs for the same store. */
export interface ThreadStore {
  readonly way: WayToStore
  /** What of it is moved to the thread, not copied. */
  readonly transfer: readonly TransferListItem[]
}

/** A share of the embedded store, or what opens one of its own on PostgreSQL. */
export type WayToStore =
  | { readonly kind: 'sqlite'; readonly share: StoreShare }
  | {
      readonly kind: 'postgres'
      readonly choice: PostgresChoice
      readonly connectionsMax: number
      /** The clock to read; undefined for the system's. */
      readonly clock: SharedArrayBuffer | undefined
    }

export interface VerifyOptions {
  /** Whether what can be is computed anew first. */
  readonly repair: boolean
  onProgress(progress: VerifyProgress): void
  onTightened?(what: string): void
}

export interface CopyOptions {
  readonly stepSize?: StepSize
  readonly onTightened?: (what: string) => void
}
