import type { DatabaseSync } from 'node:sqlite'
import type { Right } from '../../../domain/caller.ts'
import type { QueueParams } from '../../params/queues.ts'
import type { QueueState } from '../../queue-state.ts'
import type { StoreClock } from '../../store-clock.ts'
import type { Prepared } from './prepared.ts'

/** What reads in other rooms need of the reader whose connection they use. */
export interface ReaderParts {
  readonly db: DatabaseSync
  readonly prepared: Prepared
  readonly file: string
  readonly clock: StoreClock
  /** @throws HeadlockError `queueNotFound` if the caller may not use the queue so */
  queueFor(params: QueueParams, right: Right): { readonly number: number; readonly id: string }
  /** The number of a queue that exists. */
  numberById(queueId: string): number | null
  stateOf(queueNumber: number): QueueState
  inSnapshot<Result>(read: () => Result): Result
  /** @throws HeadlockError `storeUnavailable` */
  assertOpen(): void
}
