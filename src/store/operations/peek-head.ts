import { limits } from '../../domain/limits.ts'
import type { HeadItem } from '../../domain/request.ts'
import { countToTake } from '../head-size.ts'
import type { QueueParams } from '../params/queues.ts'
import { peekByGroups } from './hand-out/peek-by-groups.ts'
import type { MoreToLookAt } from './hand-out/take-by-groups.ts'
import type { QueueOperation } from './operation.ts'
import type { QueueSession } from './queue-session.ts'

export interface PeekedHead {
  readonly queueId: string
  readonly items: readonly HeadItem[]
}

/**
 * What a head/lock would hand out now, in order (14.1). Not an access. It may look at groups, as every call that reads the
 * head does. Has to be repeated if it answers `MoreToLookAt`.
 */
export const peekHead: QueueOperation<QueueParams, PeekedHead | MoreToLookAt> = {
  right: 'inspect',
  reads: () => ({ headTaken: limits.lockHeadRequestsMax }),

  perform(session) {
    const items = session.queue.policy.isPaused ? [] : peek(session)
    return 'moreToLookAt' in items ? items : { queueId: session.queue.id, items }
  },
}

function peek(session: QueueSession): readonly HeadItem[] | MoreToLookAt {
  const { queue, groups } = session
  const limit = limits.lockHeadRequestsMax
  if (queue.handsOutByGroups) return peekByGroups(session, limit)
  const due = groups.dueByPlace(limit)
  return due.slice(0, countToTake(due)).map(({ item }) => item)
}
