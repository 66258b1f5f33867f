/** Many clients at once on queues with policies that change meanwhile: what they saw follows the policy in some order. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { check, Undecided } from '../../harness/histories/checker.ts'
import { noFault, openFaultyWays } from '../../harness/histories/faulty-store.ts'
import type { Answer, Call, RecordedCall } from '../../harness/histories/history.ts'
import { playHistories } from '../../harness/histories/play.ts'
import { PolicyQueue } from '../../harness/histories/policy-queue.ts'
import { textOfFailure } from '../../harness/histories/print.ts'
import { shortestFailure } from '../../harness/histories/shrink.ts'
import { playHistory } from '../../harness/histories/workload.ts'
import { policyFaults } from '../../harness/oracle/policy-faults.ts'
import { Random } from '../../harness/random.ts'

const historiesWithFaultMax = 60
const rightHistories = 25

test('without a fault no history is reported as impossible', async () => {
  const random = new Random()
  const open = async () => ({ ...openFaultyWays(noFault, random), discard: async () => {} })
  let decided = 0
  await playHistories(open, random, rightHistories, { played: () => decided++ }, true)
  assert.ok(decided > rightHistories / 2, `seed ${random.seed}: only ${decided} could be decided`)
})

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
    test(`${name} is found`, async () => {
      const random = new Random()
      for (let count = 0; count < historiesWithFaultMax; count++) {
        const { history, begin } = await playHistory(openFaultyWays(fault, random), random, true)
        const failure = failureOf(history, begin)
        if (failure === null) continue
        assert.notEqual(check(failure.calls, failure.begin), null, 'what is shown is impossible by itself')
        const text = textOfFailure(failure)
        assert.ok(text.includes(failure.impossible.wrong.caller), text)
        return
      }
      assert.fail(`seed ${random.seed}: ${historiesWithFaultMax} histories with the fault seem possible`)
    })
  }
})

/** Null too when it cannot be decided. */
function failureOf(...params: Parameters<typeof shortestFailure>): ReturnType<typeof shortestFailure> {
  try {
    return shortestFailure(...params)
  } catch (error) {
    if (error instanceof Undecided) return null
    throw error
  }
}
