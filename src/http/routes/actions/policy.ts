import { policyOf, textOfDocument } from '../../../domain/policy/document.ts'
import type { PolicyView } from '../../../store/params/policies.ts'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import { PolicyBody, PolicyState } from '../../api/policy-schema.ts'
import { dataOf, QueueParams, reference } from '../../api/schemas.ts'
import { wellFormedJson } from '../../api/well-formed.ts'
import type { App } from '../../app.ts'
import { queueParams, sendText } from '../../call.ts'
import { policyBytesMax } from '../../overload/answer-size.ts'
import { IfMatch, versionIn } from '../../validation/if-match.ts'
import { checkedBy } from '../../validation/own-check.ts'

const path = '/headlock/v1/queues/:queueId/policy'
const answers = { 200: dataOf('The policy.', reference(PolicyState)) }

const get = operation({
  id: 'policy_get',
  tag: 'Policies',
  summary: 'Get policy',
  description: 'How the queue hands out its requests. A queue without a policy shows an empty one.',
  params: QueueParams,
  answerBytesMax: policyBytesMax,
  answers,
  refusals: ['queueNotFound', 'policyDamaged'],
})

const put = operation({
  id: 'policy_put',
  tag: 'Policies',
  summary: 'Put policy',
  description:
    'Replaces the whole policy. It is in force for every call that begins after the answer, unless its state ' +
    'is `building`. Requests that are locked stay locked.',
  params: QueueParams,
  headers: IfMatch,
  body: checkedBy(PolicyBody, assertPolicy),
  answerBytesMax: policyBytesMax,
  answers,
  refusals: ['queueNotFound', 'policyVersionDiffers'],
})

const remove = operation({
  id: 'policy_delete',
  tag: 'Policies',
  summary: 'Delete policy',
  description:
    'Removes the policy. Cooldowns, and priorities that requests ask for themselves, stay in force.',
  params: QueueParams,
  headers: IfMatch,
  answerBytesMax: policyBytesMax,
  answers,
  refusals: ['queueNotFound', 'policyVersionDiffers'],
})

export function addPolicyRoutes(app: App, store: Store): void {
  app.get(path, get, async (request, reply) =>
    sendText(reply, policyText(await store.getPolicy(queueParams(request)))),
  )

  app.put(path, put, async (request, reply) => {
    const { body: document } = request
    const version = versionIn(request.headers['if-match'])
    const params = { ...queueParams(request), document, policy: policyOf(document), version }
    return sendText(reply, policyText(await store.putPolicy(params)))
  })

  app.delete(path, remove, async (request, reply) => {
    const version = versionIn(request.headers['if-match'])
    return sendText(reply, policyText(await store.deletePolicy({ ...queueParams(request), version })))
  })
}

/** @throws HeadlockError `invalidInput` */
function assertPolicy(document: unknown): void {
  // The length first: it bounds the work of the check.
  textOfDocument(document)
  policyOf(document)
}

function policyText({ document: policy, version, state, progress }: PolicyView): string {
  return wellFormedJson(JSON.stringify({ data: { policy, version, state, progress } }))
}
