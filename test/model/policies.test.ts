/**
 * Random commands on queues with policies that change meanwhile, on stores and on the oracle. More of them:
 *
 *   node test/model/policies.test.ts --runs 2000 --seed 42
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commandsPerRunMax, compare } from '../../harness/model/compare.ts'
import { limitMs, runs, seed } from '../../harness/model/options.ts'
import { anyPolicy, policyScript } from '../../harness/model/policy-commands.ts'
import { policyFrom } from '../../harness/model/policy-document.ts'
import { openShuffledStore } from '../../harness/model/shuffled-store.ts'
import { Coverage } from '../../harness/oracle/coverage.ts'
import { policyFaults } from '../../harness/oracle/policy-faults.ts'
import { Random } from '../../harness/random.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'
import { policyOf } from '../../src/domain/policy/document.ts'

const stores: readonly { name: string; open: OpenTestStore; runs: number }[] = [
  // The oracle against itself, with concurrent calls in any order: this shows what the commands cover.
  { name: 'memory', open: async () => openShuffledStore(new Random(seed)), runs },
  { name: 'sqlite', open: openTemporarySqliteStore, runs },
  // Each command takes its round trips.
  { name: 'postgres', open: openTemporaryPostgresStore, runs: Math.ceil(runs / 4) },
]
for (const { name, open, runs: runsHere } of stores) {
  test(`policies: ${name} does what the oracle does`, async () => {
    console.log(
      `policies: seed ${seed}, ${runsHere} runs of up to ${commandsPerRunMax} commands; ` +
        `again with: node test/model/policies.test.ts --runs ${runsHere} --seed ${seed}`,
    )
    const coverage = new Coverage()
    const anyScript = policyScript(commandsPerRunMax)
    const compared = await compare(open, { runs: runsHere, seed, limitMs, anyScript, coverage })
    const { commandCount, undecided, isCutShort, difference } = compared
    assert.equal(difference, null, difference ?? undefined)
    assert.ok(!isCutShort, `time was up after ${commandCount} commands; no difference in them`)
    for (const each of undecided) console.log(`policies: not decided: ${each}`)
    console.log(`policies: ${commandCount} commands, no difference; ${coverage.textOf()}`)
    for (const [situation, count] of coverage.counts) {
      assert.ok(count > 0 || runsHere < 20, `the commands never met: ${situation}`)
    }
  })
}

const runsWithFaultMax = 200
for (const [name, fault] of Object.entries(policyFaults)) {
  test(`random commands find ${name}`, async () => {
    const random = new Random()
    const { difference } = await compare(async () => openShuffledStore(random, fault), {
      runs: runsWithFaultMax,
      seed: random.between(0, 2 ** 31 - 1),
      limitMs,
      shrinks: false,
      anyScript: policyScript(commandsPerRunMax),
    })
    assert.notEqual(difference, null, `seed ${random.seed}: no difference is found`)
  })
}

test('the policies of the commands are understood as the oracle understands them', () => {
  fc.assert(
    fc.property(anyPolicy, (drawn) => {
      const document = structuredClone(drawn)
      assert.deepEqual(policyOf(document), policyFrom(document))
    }),
  )
})
