import { HeadlockError } from '../domain/errors.ts'
import { limits } from '../domain/limits.ts'
import type { Store } from '../store/store.ts'
import { queueAsk } from './call.ts'
import { askForToken, pageHeaders } from './page.ts'
import { noQueueHtml, queueHtml } from './queue-page-html.ts'
import { QueueParams } from './schemas.ts'
import type { App } from './server.ts'
import { shownPath } from './shown-path.ts'

/** How much of what comes next is shown. */
const headShown = 25

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
      const look = { ...ask, client: null }
      const limit = limits.listRequestsDefault
      const [locked, head] = await Promise.all([
        store.listRequests({ ...look, limit, afterId: null, filter: ['locked'] }),
        store.listHead({ ...look, limit: headShown }),
      ])
      return reply.headers(pageHeaders).send(queueHtml(queue, locked, head))
    },
  })
}
