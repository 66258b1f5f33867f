import { HeadlockError } from '../domain/errors.ts'
import type { Store } from '../store/store.ts'
import { queueAsk } from './call.ts'
import { askForToken, pageHeaders } from './page.ts'
import { noQueueHtml, queueHtml } from './queue-page-html.ts'
import { QueueParams } from './schemas.ts'
import type { App } from './server.ts'
import { shownPath } from './shown-path.ts'

/** More are looked at for nothing: nobody wants to read them. */
const lockedMax = 1000
/** Of those that are locked so many have a row; every client that holds some has one. */
const lockedShownMax = 100
/** How much of what comes next is shown. */
const nextMax = 25

/**
 * The page of a queue for people, where `consoleUrl` of its answers points: what it is, who holds what, and
 * what comes next. Who looks at it is no client of the queue (rule 7.3); it can change nothing.
 */
export function addQueuePage(app: App, store: Store): void {
  app.get('/console/queues/:queueId', {
    schema: { hide: true, params: QueueParams },
    errorHandler: (error, request, reply) => {
      const unknown = error instanceof HeadlockError && error.errorName === 'queueNotFound'
      if (!unknown) return askForToken(error, request, reply)
      const { queueId } = request.params as { queueId: string }
      const shownId = shownPath(`/queues/${queueId}`).slice('/queues/'.length)
      return reply.code(404).headers(pageHeaders).send(noQueueHtml(shownId))
    },
    handler: async (request, reply) => {
      const ask = queueAsk(request)
      const queue = await store.getQueue(ask)
      const requests = await store.lookAtRequests({ ...ask, lockedMax, lockedShownMax, nextMax })
      return reply.headers(pageHeaders).send(queueHtml(queue, requests))
    },
  })
}
