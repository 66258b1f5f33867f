import { Type } from 'typebox'
import { policyLimits } from '../../../domain/policy/limits.ts'
import { toIso } from '../../../domain/time.ts'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, QueueParams } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'
import { assertCooldown, cooldownEnd, hostIn } from '../../validation/cooldown.ts'
import { checkedBy } from '../../validation/own-check.ts'

const path = '/headlock/v1/queues/:queueId/hosts/:group/cooldown'

const GroupParams = Type.Object({
  ...QueueParams.properties,
  group: Type.String({
    description:
      'The host name of a URL, without its port: `example.com`. In a queue whose policy groups by `domain`, the ' +
      'group of that host.',
    examples: ['example.com'],
  }),
})

const secs = { minimum: 0, maximum: policyLimits.secsMax }
const secsText = 'How long it lasts, in seconds from now. Fractions are allowed.'
const untilText =
  'When it ends: in ISO 8601, as an HTTP header writes it (`Retry-After`), or in milliseconds since 1970.'

/** Callers may say it in the query instead. */
const Cooldown = Type.Unsafe<{ readonly secs?: unknown; readonly until?: unknown } | null>({
  type: ['object', 'array', 'null'],
  properties: {
    secs: { type: ['number', 'null'], ...secs, description: secsText },
    until: { type: ['string', 'number', 'null'], description: untilText },
  },
  maxItems: 0,
  examples: [{ secs: 120 }],
})

const set = operation({
  id: 'cooldown_post',
  tag: 'Policies',
  summary: 'Set cooldown',
  description:
    'Holds all requests of a host back for a while, for example when it answered 429 with `Retry-After`. The ' +
    'latest of several cooldowns counts. Give either `secs` or `until`, in a JSON body or in the query. Requests that ' +
    'are locked stay locked.',
  params: GroupParams,
  query: Type.Object({
    secs: Type.Optional(Type.Number({ ...secs, description: secsText })),
    until: Type.Optional(Type.String({ description: untilText })),
  }),
  body: checkedBy(Cooldown, assertCooldown),
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: dataOf(
      'The cooldown of the group.',
      Type.Object({
        group: Type.String({ description: 'Its name.' }),
        cooldownUntil: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
          description: 'When it ends. Null if that is over already.',
        }),
      }),
    ),
  },
  refusals: ['queueNotFound'],
})

const end = operation({
  id: 'cooldown_delete',
  tag: 'Policies',
  summary: 'End cooldown',
  description: 'Ends the cooldown of a group. Changes nothing when it has none.',
  params: GroupParams,
  answerBytesMax: shortAnswerBytesMax,
  answers: { 204: 'It has no cooldown.' },
  refusals: ['queueNotFound'],
})

export function addCooldownRoutes(app: App, store: Store): void {
  app.post(path, set, async (request) => {
    const group = hostIn(request.params.group)
    const lasting = cooldownEnd(request.query, request.body)
    const { cooldownUntil, ...view } = await store.setCooldown({ ...queueParams(request), group, ...lasting })
    return { data: { ...view, cooldownUntil: cooldownUntil === null ? null : toIso(cooldownUntil) } }
  })

  app.delete(path, end, async (request, reply) => {
    await store.endCooldown({ ...queueParams(request), group: hostIn(request.params.group) })
    return reply.code(204).send()
  })
}
