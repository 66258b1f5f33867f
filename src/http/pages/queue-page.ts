import type { Store } from '../../store/store.ts'
import { QueueParams } from '../api/schemas.ts'
import { queueParams } from '../call.ts'
import { wantsConsole } from '../console/accept.ts'
import type { ConsolePages } from '../console/console-pages.ts'
import { shownPath } from '../errors/shown-path.ts'
import type { PageRoutes } from './page-route.ts'
import { noQueueHtml, queueHtml } from './queue-page-html.ts'

/** Bounds the locked requests that the page reads. Nobody reads a longer list. */
const lockedMax = 1000
/** How many locked requests have a row. Each client with locks has a row in any case. */
const lockedShownMax = 100
/** How many of the next requests are shown. */
const nextMax = 25

/**
 * Adds the page of a queue, to which `consoleUrl` in answers points. Browsers get the console there. Others, and browsers with `?plain`,
 * get one page without a script. It shows the queue, who holds what, and what comes next.
 * It changes nothing. A reader is not a client of the queue (rule 7.3), and reading does not count as use (rule 7.2).
 */
export function addQueuePage(pages: PageRoutes, store: Store, console: ConsolePages): void {
  pages.add({
    path: '/console/queues/:queueId',
    params: QueueParams,
    inBrowser: (request, reply) => (wantsConsole(request.raw) ? console.show(request, reply) : null),
    failure: ({ errorName }, { params }) => {
      if (errorName !== 'queueNotFound') return null
      const { queueId } = params as { queueId: string }
      return noQueueHtml(shownPath(`/queues/${queueId}`).slice('/queues/'.length))
    },
    show: async ({ caller, params }) => {
      const queue = queueParams({ caller, params: params as { queueId: string } })
      const inspected = await store.inspectQueue(queue)
      const same = { ...queue, queue: { queueId: inspected.queue.id } }
      const requests = await store.inspectRequests({ ...same, lockedMax, lockedShownMax, nextMax })
      return queueHtml(inspected, requests)
    },
  })
}
