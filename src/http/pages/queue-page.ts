import type { Store } from '../../store/store.ts'
import { QueueParams } from '../api/schemas.ts'
import { queueParams } from '../call.ts'
import { shownPath } from '../errors/shown-path.ts'
import type { PageRoutes } from './page-route.ts'
import { noQueueHtml, queueHtml } from './queue-page-html.ts'

/** More are looked at for nothing: nobody wants to read them. */
const lockedMax = 1000
/** Of those that are locked so many have a row; every client that holds some has one. */
const lockedShownMax = 100
/** How much of what comes next is shown. */
const nextMax = 25

/**
 * The page of a queue for people, where `consoleUrl` of its answers points: what it is, who holds what, and
 * what comes next. Who looks at it is no client of the queue (rule 7.3) and does not use it (rule 7.2); it can change nothing.
 */
export function addQueuePage(pages: PageRoutes, store: Store): void {
  pages.add({
    path: '/console/queues/:queueId',
    params: QueueParams,
    failure: ({ errorName }, { params }) => {
      if (errorName !== 'queueNotFound') return null
      const { queueId } = params as { queueId: string }
      return noQueueHtml(shownPath(`/queues/${queueId}`).slice('/queues/'.length))
    },
    show: async ({ caller, params }) => {
      const ask = queueParams({ caller, params: params as { queueId: string } })
      const inspected = await store.inspectQueue(ask)
      const same = { ...ask, queue: { queueId: inspected.queue.id } }
      const requests = await store.inspectRequests({ ...same, lockedMax, lockedShownMax, nextMax })
      return queueHtml(inspected, requests)
    },
  })
}
