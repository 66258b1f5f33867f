import { Type } from 'typebox'
import { noRun } from '../../../domain/insight/request-filter.ts'
import { standings } from '../../../domain/insight/standing.ts'
import { cursorAfter, requestIdIn } from '../../api/cursor.ts'
import { FoundRequest } from '../../api/insight-schema.ts'
import { operation } from '../../api/operation.ts'
import { foundPageText } from '../../api/render.ts'
import { dataOf, oneOf, pageLimitOf, QueueParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import type { ReadingParts } from '../../body/reading-parts.ts'
import { queueParams, sendText } from '../../call.ts'
import { requestListBytesMax } from '../../overload/answer-size.ts'
import { pageLimit } from '../../validation/query.ts'
import { filterOf } from '../../validation/request-filter.ts'

const limitByDefault = 100
const limitMax = 1000

/** The parts of a filter (14.4). */
export const filterFields = {
  state: Type.Optional(
    Type.Array(oneOf(standings), {
      description: 'Requests in any of these states, separated by commas. `handled` includes `failed`.',
    }),
  ),
  url: Type.Optional(Type.String({ description: 'A part of the URL.' })),
  host: Type.Optional(
    Type.String({
      description: 'The host of the URL, or its domain in a queue whose policy groups by `domain`.',
    }),
  ),
  label: Type.Optional(Type.String({ description: 'The whole `userData.label`.' })),
  error: Type.Optional(
    Type.String({
      description: 'A part of one of the `errorMessages`, or the `error` of a group of failures.',
    }),
  ),
  client: Type.Optional(Type.String({ description: 'The client key that holds the request.' })),
  run: Type.Optional(
    Type.String({
      description: `The run of the client that holds the request. \`${noRun}\` is a client in no run.`,
    }),
  ),
  retryCountMin: Type.Optional(Type.Integer({ minimum: 0, description: 'The least `retryCount`.' })),
}

const find = operation({
  id: 'requests_find',
  tag: 'Insight',
  summary: 'Find requests',
  description:
    'The requests that a filter chooses, with their states, page by page. One call examines some 20,000 requests at most, so ' +
    'a page may have few items, or none: as long as there is a `nextCursor`, there may be more. A walk that follows it meets ' +
    'every request exactly once that is chosen all the time.',
  params: QueueParams,
  query: Type.Object({
    ...filterFields,
    limit: pageLimitOf(limitByDefault, limitMax),
    cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the previous page.' })),
  }),
  answerBytesMax: requestListBytesMax,
  answers: {
    200: dataOf(
      'A page of requests.',
      Type.Object({
        items: Type.Array(reference(FoundRequest)),
        limit: Type.Integer(),
        cursor: Type.Optional(Type.String()),
        nextCursor: Type.Optional(Type.String({ description: 'Present when there may be more requests.' })),
      }),
    ),
  },
  refusals: ['queueNotFound'],
})

export function addFoundRequestsRoutes(app: App, { store, admission, damaged }: ReadingParts): void {
  app.get('/headlock/v1/queues/:queueId/requests', find, async (request, reply) => {
    const { cursor, limit: asked, ...parts } = request.query
    const limit = pageLimit(asked, limitByDefault, limitMax)
    const page = await store.findRequests({
      ...queueParams(request),
      filter: filterOf(parts),
      afterId: cursor === undefined ? null : requestIdIn(cursor),
      limit,
      lengthMax: admission.listBytesMax,
    })
    damaged.leftOut(request.params.queueId, page.damagedIds)
    const { items, nextAfterId } = page
    const nextCursor = nextAfterId === null ? null : cursorAfter(nextAfterId)
    return sendText(reply, foundPageText(items, { limit, cursor }, nextCursor))
  })
}
