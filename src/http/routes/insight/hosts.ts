import { Type } from 'typebox'
import { type Millis, toIso } from '../../../domain/time.ts'
import { type HostView, hostSorts } from '../../../store/params/insight.ts'
import type { Store } from '../../../store/store.ts'
import { cursorAtHost, hostPositionIn } from '../../api/cursor.ts'
import { Hosts } from '../../api/insight-schema.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, oneOf, pageLimitOf, QueueParams, reference } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import { hostsBytesMax } from '../../overload/answer-size.ts'
import { pageLimit } from '../../validation/query.ts'

const limitByDefault = 100
const limitMax = 1000

const list = operation({
  id: 'hosts_get',
  tag: 'Insight',
  summary: 'List hosts',
  description:
    'The hosts of a queue that have requests to do, with their rules: how many requests each has, when it gets the next one, ' +
    'and what holds it back. In a queue whose policy groups by `domain`, these are domains. In a queue without rules for hosts, ' +
    'those of the first 10,000 requests are shown.',
  params: QueueParams,
  query: Type.Object({
    sort: Type.Optional({ ...oneOf(hostSorts, 'What they are sorted by.'), default: 'pending' }),
    desc: Type.Optional(
      Type.Boolean({ description: 'The highest first. The default is true for `pending` and `locked`.' }),
    ),
    limit: pageLimitOf(limitByDefault, limitMax),
    cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the previous page.' })),
  }),
  answerBytesMax: hostsBytesMax,
  answers: { 200: dataOf('A page of hosts.', reference(Hosts)) },
  refusals: ['queueNotFound'],
})

export function addHostRoutes(app: App, store: Store): void {
  app.get('/headlock/v1/queues/:queueId/hosts', list, async (request) => {
    const { sort = 'pending', cursor } = request.query
    const { desc = sort === 'pending' || sort === 'locked' } = request.query
    const limit = pageLimit(request.query.limit, limitByDefault, limitMax)
    const after = cursor === undefined ? null : hostPositionIn(cursor)
    const page = await store.listHosts({ ...queueParams(request), sort, desc, after, limit })
    const nextCursor = page.next === null ? {} : { nextCursor: cursorAtHost(page.next) }
    return { data: { items: page.items.map(shown), limit, capped: page.isCapped, ...nextCursor } }
  })
}

function shown({ delayMs, nextDueAt, cooldownUntil, isPaused, ...host }: HostView) {
  return {
    ...host,
    nextDueAt: isoOrNull(nextDueAt),
    delaySecs: delayMs / 1000,
    cooldownUntil: isoOrNull(cooldownUntil),
    paused: isPaused,
  }
}

function isoOrNull(at: Millis | null): string | null {
  return at === null ? null : toIso(at)
}
