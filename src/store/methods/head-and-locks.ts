import type { HeadItem } from '../../domain/request.ts'
import type { Millis } from '../../domain/time.ts'
import type {
  DeleteLock,
  GetHeadItems,
  Head,
  ListHead,
  LockedHead,
  LockHead,
  ProlongLock,
  ReturnLocks,
  UnlockRequests,
} from '../params/head-and-locks.ts'

/** Head and locks: sections 3, 4 and 5 of the rules. */
export interface HeadAndLockMethods {
  /** Items that may be long come without their texts. `getHeadItems` reads those. */
  listHead(params: ListHead): Promise<Head>
  /** Long items come without their texts, as in `listHead`. */
  lockHead(params: LockHead): Promise<LockedHead>
  /** The requests that exist, in any order. Not a touch, not an access, not counted. */
  getHeadItems(params: GetHeadItems): Promise<HeadItem[]>
  /**
   * Undoes a `lockHead` whose answer could not be delivered (4.6). Requests that still have this very lock go back to
   * the place they had. Not a touch by a client.
   */
  returnLocks(params: ReturnLocks): Promise<void>
  /** Refuses `requestNotFound`, `requestHandled`, `requestLockedByOther`, `lockNotHeld` (5.1, 5.2). */
  prolongLock(params: ProlongLock): Promise<{ lockExpiresAt: Millis }>
  /** Refuses `requestNotFound`, `requestHandled`, `requestLockedByOther` (5.2, 5.3). */
  deleteLock(params: DeleteLock): Promise<void>
  /** Takes several steps when there are very many locks. Each step releases some of them (steps/unlock.ts). */
  unlockRequests(params: UnlockRequests): Promise<{ unlockedCount: number }>
}
