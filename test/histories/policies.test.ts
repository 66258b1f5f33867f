/** Many clients at once on queues with policies that change meanwhile: what they saw follows the policy in some order. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { check, Undecided } from '../../harness/histories/checker.ts'
import { noFault, openFaultyWays } from '../../harness/histories/faulty-store.ts'
import { playHistories } from '../../harness/histories/play.ts'
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
