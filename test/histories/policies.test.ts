/** Many clients at once on queues with policies that change meanwhile: what they saw follows the policy in some order. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertAllPossible, assertFound } from '../../harness/histories/agreement.ts'
import { check } from '../../harness/histories/checker.ts'
import type { Answer, Call, RecordedCall } from '../../harness/histories/history.ts'
import { PolicyQueue } from '../../harness/histories/policy-queue.ts'
import { policyFaults } from '../../harness/oracle/policy-faults.ts'

test('without a fault no history is reported as impossible', () => assertAllPossible('policies'))

test('a head/lock without requests may have given one up, also where it could have come before that', () => {
  const at = 1000
  const by = { clientKey: 'a', runId: null }
  const request = (key: string) => ({ key, version: 1, handled: false, host: 'a.test' })
  const document = { rules: [{ hosts: ['*'], concurrency: 1 }], lockExpiriesMax: 1 }
  const lock = (lockMs: number): Call => ({ do: 'lockHead', by, limit: 1, lockMs })
  const remove = (key: string): Call => ({ do: 'deleteRequest', by, key })
  const calls: [call: Call, answer: Answer, now: number, isOpenDuringNext?: boolean][] = [
    [{ do: 'putPolicy', document }, {}, at],
    [{ do: 'addRequests', by, requests: [request('x')], side: 'end' }, { added: ['new'] }, at],
    [lock(1), { items: ['x#1'] }, at],
    [{ do: 'addRequests', by, requests: [request('y')], side: 'forefront' }, { added: ['new'] }, at + 1],
    // `y` keeps the host busy, so `x` is held back. Its lock has run out.
    [lock(9), { items: ['y#1'] }, at + 1],
    // While this call is open, `y` goes. Only after that, it meets `x`.
    [lock(9), { items: [], modifiedAt: at + 1 }, at + 1, true],
    [remove('y'), {}, at + 1],
    [{ do: 'getRequest', key: 'x' }, { handled: true }, at + 1],
  ]
  const history = calls.map(([call, answer, now, isOpenDuringNext], index): RecordedCall => {
    const endedAt = 10 * index + (isOpenDuringNext ? 15 : 5)
    return { caller: `${index}`, call, answer, startedAt: 10 * index, endedAt, times: [now] }
  })
  assert.equal(check(history, [PolicyQueue.empty(at)]), null)
})

/** Clients seldom want a lost request back, so only the model finds this one every time. */
const rare = 'an expired lock taken back above the rule'

describe('planted faults', () => {
  for (const [name, fault] of Object.entries(policyFaults)) {
    if (name === rare) continue
    test(`${name} is found`, () => assertFound(fault, 'policies'))
  }
})
