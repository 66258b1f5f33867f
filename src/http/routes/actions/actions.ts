import { Type } from 'typebox'
import { actionNames } from '../../../domain/actions/actions.ts'
import { limits } from '../../../domain/limits.ts'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { dataOf, QueueParams } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { queueParams } from '../../call.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'
import { actionIn } from '../../validation/action.ts'
import { checkedBy } from '../../validation/own-check.ts'
import { filterFields } from '../insight/found-requests.ts'

/** What takes longer becomes a job (14.5). */
export const answerWithinMs = 1000

export const selectionFields = {
  ids: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      maxItems: limits.actionIdsMax,
      description: 'The IDs of the requests. Those that do not exist are left out.',
    }),
  ),
  filter: Type.Optional(
    Type.Object(filterFields, {
      additionalProperties: false,
      description: 'As in the query of a list of requests. `{}` is all requests of the queue.',
    }),
  ),
}

const ActionBody = Type.Object(
  {
    action: Type.Enum([...actionNames], {
      type: 'string',
      description:
        '`giveBack`: pending again at the end, with a `retryCount` of 0 and without errors. `markHandled`. `delete`. `unlock`: ' +
        'available at once. `forefront`: before all others, and available at once unless it is locked. `schedule`: not handed ' +
        'out before `availableAt`.',
    }),
    ...selectionFields,
    dryRun: Type.Optional(Type.Boolean({ description: 'Whether to count only.' })),
    keepErrors: Type.Optional(
      Type.Boolean({ description: 'Whether `giveBack` leaves the `errorMessages`.' }),
    ),
    availableAt: Type.Optional(
      Type.Unsafe<string | number>({
        type: ['string', 'number'],
        description: 'For `schedule`: in ISO 8601, or in milliseconds since 1970.',
      }),
    ),
  },
  { additionalProperties: false, examples: [{ action: 'giveBack', ids: ['sbJ7klsdf7ujN9l'] }] },
)

const act = operation({
  id: 'actions_post',
  tag: 'Jobs',
  summary: 'Act on requests',
  description:
    'Does something to many requests, no matter which clients hold them. The next call of such a client is refused. ' +
    'What takes longer than a second becomes a job. Requests are done in steps, with other calls between them.',
  params: QueueParams,
  body: checkedBy(ActionBody, actionIn),
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: dataOf(
      'It is done.',
      Type.Object({
        matched: Type.Integer({ minimum: 0, description: 'How many requests were found.' }),
        done: Type.Integer({
          minimum: 0,
          description:
            'How many of them were changed. The others were so already, cannot be so, or have moved meanwhile.',
        }),
      }),
    ),
    202: dataOf('A job does the rest.', Type.Object({ jobId: Type.String() })),
  },
  refusals: ['queueNotFound'],
})

export function addActionRoute(app: App, store: Store): void {
  app.post('/headlock/v1/queues/:queueId/actions', act, async (request, reply) => {
    const asked = actionIn(request.body)
    const outcome = await store.actOnRequests({ ...queueParams(request), ...asked, answerWithinMs })
    if ('jobId' in outcome) reply.code(202)
    return { data: outcome }
  })
}
