/**
 * Random commands find faults in what people see of a queue (section 14). The other tests of the model ask the same of both
 * stores, with policies on.
 */

import { AssertionError } from 'node:assert'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { noFault, openFaultyStore } from '../../harness/histories/faulty-store.ts'
import { assertFound } from '../../harness/model/agreement.ts'
import { commandsPerRunMax } from '../../harness/model/compare.ts'
import { policyScript } from '../../harness/model/policy-commands.ts'
import { World } from '../../harness/model/world.ts'
import { contradictions, untruths } from '../../harness/oracle/insight-faults.ts'
import { Random } from '../../harness/random.ts'

const anyScript = policyScript(commandsPerRunMax)
const runs = 200

describe('planted faults', () => {
  for (const [name, fault] of Object.entries({ ...contradictions, ...untruths })) {
    test(`random commands find ${name}`, () => assertFound(fault, anyScript))
  }
})

describe('a store that contradicts itself, with no other beside it', () => {
  for (const [name, fault] of Object.entries(contradictions)) {
    test(`what is foreseen finds ${name}`, async () => {
      const random = new Random()
      const seed = random.between(0, 2 ** 31 - 1)
      const details = await fc.check(playedAlone(fault, random), { numRuns: runs, seed, endOnFailure: true })
      assert.ok(details.failed, `seed ${seed}: no contradiction is found`)
      assert.ok(details.errorInstance instanceof AssertionError, String(details.errorInstance))
    })
  }

  test('without a fault there is none', async () => {
    const random = new Random()
    const seed = random.between(0, 2 ** 31 - 1)
    await fc.assert(playedAlone(noFault, random), { numRuns: 50, seed, endOnFailure: true })
  })
})

function playedAlone(fault: typeof noFault, random: Random) {
  return fc.asyncProperty(anyScript, async (commands) => {
    const { store, clock } = openFaultyStore(fault, random)
    const world = await World.begin(store, clock)
    for (const command of commands) {
      // Only the oracle knows these moments.
      if (command.do !== 'advanceTo') await world.run(world.asked(command))
    }
  })
}
