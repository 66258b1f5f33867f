import type { AccountMethods } from './methods/accounts.ts'
import type { FigureMethods } from './methods/figures.ts'
import type { HeadAndLockMethods } from './methods/head-and-locks.ts'
import type { InsightMethods } from './methods/insight.ts'
import type { JobMethods } from './methods/jobs.ts'
import type { PolicyMethods } from './methods/policies.ts'
import type { QueueMethods } from './methods/queues.ts'
import type { RequestMethods } from './methods/requests.ts'
import type { UpkeepMethods } from './methods/upkeep.ts'
import type { WaitingMethods } from './methods/waiting.ts'

/**
 * Stores queues, requests, users and tokens. Every implementation keeps four promises for every method:
 *
 * 1. **All or nothing.** A call is one atomic step, unless its method says otherwise. A refused call has changed nothing
 *    (rule 11.6). After `storeUnavailable` the change may have been made or not. The caller can repeat the call (11.5).
 * 2. **Durable.** When a call resolves, its change survives a crash of the process and of the machine (11.1). Only
 *    access times and the statistics of reads may reach the disk up to a second later.
 * 3. **The clock of the store decides.** It never runs backwards (3.7). No method takes a time from its caller.
 * 4. **The store decides the order.** A call sees every call that resolved before it began (11.2). No request is ever
 *    locked by two clients at once (11.3).
 *
 * A method refuses by rejecting with a `HeadlockError` of the catalogue. Methods that name a queue refuse with
 * `queueNotFound` when this user has no queue at that address. `findQueueId` does not. The tests in `test/contract/`
 * check every implementation.
 *
 * Each part has the methods on one subject. Each store has a file for it in its own `methods/`.
 */
export interface Store
  extends QueueMethods,
    RequestMethods,
    HeadAndLockMethods,
    PolicyMethods,
    InsightMethods,
    WaitingMethods,
    FigureMethods,
    JobMethods,
    AccountMethods,
    UpkeepMethods {}

/** The methods that a storage thread performs. */
export type StoreMethod = Exclude<keyof Store, 'close' | 'watchQueue'>

/** The part of a store that the token commands need. */
export type Accounts = Pick<
  Store,
  'ensureUser' | 'findUser' | 'createToken' | 'listTokens' | 'revokeToken' | 'close'
>
