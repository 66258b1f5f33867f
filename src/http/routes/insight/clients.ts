import { Type } from 'typebox'
import { type Millis, toIso } from '../../../domain/time.ts'
import type { ClientView } from '../../../store/params/insight.ts'
import type { Store } from '../../../store/store.ts'
import { clientPositionIn, cursorAtClient } from '../../api/cursor.ts'
import { Clients } from '../../api/insight-schema.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, pageLimitOf, QueueParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import { clientsBytesMax } from '../../overload/answer-size.ts'
import { pageLimit } from '../../validation/query.ts'

const limitByDefault = 100
const limitMax = 1000

const list = operation({
  id: 'clients_get',
  tag: 'Insight',
  summary: 'List clients',
  description:
    'The clients that got requests of the queue: what each holds, and what it did. Those that hold most come first, then those ' +
    'that were seen last. About the last 1000 clients of a queue are remembered.',
  params: QueueParams,
  query: Type.Object({
    limit: pageLimitOf(limitByDefault, limitMax),
    cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the previous page.' })),
  }),
  answerBytesMax: clientsBytesMax,
  answers: { 200: dataOf('A page of clients.', reference(Clients)) },
  refusals: ['queueNotFound'],
})

export function addClientRoutes(app: App, store: Store): void {
  app.get('/headlock/v1/queues/:queueId/clients', list, async (request) => {
    const { cursor } = request.query
    const limit = pageLimit(request.query.limit, limitByDefault, limitMax)
    const after = cursor === undefined ? null : clientPositionIn(cursor)
    const page = await store.listClients({ ...queueParams(request), after, limit })
    const nextCursor = page.next === null ? {} : { nextCursor: cursorAtClient(page.next) }
    return { data: { items: page.items.map(shown), limit, capped: page.isCapped, ...nextCursor } }
  })
}

function shown({ nextExpiryAt, lastSeenAt, ...client }: ClientView) {
  return { ...client, nextExpiryAt: isoOrNull(nextExpiryAt), lastSeenAt: isoOrNull(lastSeenAt) }
}

function isoOrNull(at: Millis | null): string | null {
  return at === null ? null : toIso(at)
}
