/**
 * Random commands on queues with policies that change meanwhile, on stores and on the oracle. `npm run torture` does some hundred
 * thousand; in between
 *
 *   node test/model/policies.test.ts --runs 2000 --seed 42
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { assertAgrees, assertFound, comparedStores } from '../../harness/model/agreement.ts'
import { anyPolicy } from '../../harness/model/any-policy.ts'
import { commandsPerRunMax } from '../../harness/model/compare.ts'
import { policyScript } from '../../harness/model/policy-commands.ts'
import { policyFrom } from '../../harness/model/policy-document.ts'
import { Coverage } from '../../harness/oracle/coverage.ts'
import { policyFaults } from '../../harness/oracle/policy-faults.ts'
import { policyOf } from '../../src/domain/policy/document.ts'

const anyScript = policyScript(commandsPerRunMax)

for (const store of comparedStores()) {
  test(`policies: ${store.name} does what the oracle does`, async () => {
    const coverage = new Coverage()
    await assertAgrees('policies', store, { anyScript, coverage })
    console.log(`policies: ${coverage.textOf()}`)
    for (const [situation, count] of coverage.counts) {
      assert.ok(count > 0 || store.runs < 20, `the commands never met: ${situation}`)
    }
  })
}

for (const [name, fault] of Object.entries(policyFaults)) {
  test(`random commands find ${name}`, () => assertFound(fault, anyScript))
}

test('the policies of the commands are understood as the oracle understands them', () => {
  fc.assert(
    fc.property(anyPolicy, (drawn) => {
      const document = structuredClone(drawn)
      assert.deepEqual(policyOf(document), policyFrom(document))
    }),
  )
})
