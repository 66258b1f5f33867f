import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import {
  OverviewPageSchema,
  OverviewQuery,
  overviewCursor,
  overviewLimit,
  placeIn,
  shownOverview,
} from '../../api/overview-schema.ts'
import { dataOf } from '../../api/schemas.ts'
import { streamAnswer } from '../../api/stream-schema.ts'
import { wellFormedJson } from '../../api/well-formed.ts'
import type { App } from '../../app.ts'
import { sendText } from '../../call.ts'
import { overviewListBytesMax } from '../../overload/answer-size.ts'
import type { EventStreams } from '../../streams/event-streams.ts'
import { OverviewSource } from '../../streams/overview-source.ts'

const list = operation({
  id: 'queues_get',
  tag: 'Insight',
  summary: 'List queues with figures',
  description:
    'Your queues, with what is done in them now. The list can be searched and sorted. Counts change while somebody turns pages: a ' +
    'queue may come twice or not at all when it is sorted by them.',
  query: OverviewQuery,
  answerBytesMax: overviewListBytesMax,
  answers: { 200: dataOf('A page of queues.', OverviewPageSchema) },
})

const events = operation({
  id: 'events_get',
  tag: 'Insight',
  summary: 'Watch all queues',
  description:
    'Server-sent events: `event: queues` with a list of those of your queues in which something has changed, as in the list of ' +
    'queues with figures, at most once a second and at most 100 of them. The first event has those that changed lately. `event: deleted` has a list of the IDs of ' +
    'those that were deleted, on whichever server. It ends when the token does, after `event: end`.',
  ...streamAnswer,
})

/** Adds the list of queues for people, and its stream (14.8). Looking is no access. */
export function addQueueOverviewRoutes(app: App, store: Store, streams: EventStreams): void {
  app.get('/headlock/v1/queues', list, async ({ query, caller }, reply) => {
    const { sort = 'name', desc = false, search = '', cursor } = query
    const page = await store.listOverviews({
      userId: caller.userId,
      search: search === '' ? null : search,
      sort,
      desc,
      limit: overviewLimit(query.limit),
      after: cursor === undefined ? null : placeIn(cursor, sort),
    })
    const nextCursor = page.next === null ? null : overviewCursor(page.next, sort)
    const data = { items: page.items.map(shownOverview), nextCursor }
    return sendText(reply, wellFormedJson(JSON.stringify({ data })))
  })

  app.get('/headlock/v1/events', events, async (request, reply) => {
    const { userId } = request.caller
    await streams.open(request, reply, `queues ${userId}`, () => new OverviewSource(store, userId))
  })
}
