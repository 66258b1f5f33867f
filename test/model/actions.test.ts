/**
 * Random commands with actions and forks, which the stores do in steps of three requests and with restarts between them, and the
 * oracle at once. More of them:
 *
 *   node test/model/actions.test.ts --runs 2000 --seed 42
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionScript } from '../../harness/model/action-commands.ts'
import { compare } from '../../harness/model/compare.ts'
import { limitMs, runs, seed } from '../../harness/model/options.ts'
import { openShuffledStore } from '../../harness/model/shuffled-store.ts'
import { actionFaults } from '../../harness/oracle/action-faults.ts'
import { Random } from '../../harness/random.ts'
import {
  type OpenTestStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'

const commandsMax = 60
/** Calls that are sent together name at most three requests, so that each of them is one step. */
const stepSize = { ...sqliteStepSize, acted: 3, inOrder: 4 }
const stores: readonly { name: string; open: OpenTestStore; runs: number }[] = [
  { name: 'memory', open: async () => openShuffledStore(new Random(seed)), runs },
  { name: 'sqlite', open: () => openTemporarySqliteStore(stepSize), runs },
  // Each command takes its round trips.
  { name: 'postgres', open: () => openTemporaryPostgresStore(stepSize), runs: Math.ceil(runs / 4) },
]
for (const { name, open, runs: runsHere } of stores) {
  test(`actions in steps: ${name} does what the oracle does`, async () => {
    console.log(
      `actions: seed ${seed}, ${runsHere} runs; ` +
        `again with: node test/model/actions.test.ts --runs ${runsHere} --seed ${seed}`,
    )
    const anyScript = actionScript(commandsMax)
    const { commandCount, isCutShort, difference } = await compare(open, {
      runs: runsHere,
      seed,
      limitMs,
      anyScript,
    })
    assert.equal(difference, null, difference ?? undefined)
    assert.ok(!isCutShort, `time was up after ${commandCount} commands; no difference in them`)
    console.log(`actions: ${commandCount} commands, no difference`)
  })
}

const runsWithFaultMax = 200
for (const [name, fault] of Object.entries(actionFaults)) {
  test(`random commands find ${name}`, async () => {
    const random = new Random()
    const { difference } = await compare(async () => openShuffledStore(random, fault), {
      runs: runsWithFaultMax,
      seed: random.between(0, 2 ** 31 - 1),
      limitMs,
      shrinks: false,
      anyScript: actionScript(commandsMax),
    })
    assert.notEqual(difference, null, `seed ${random.seed}: no difference is found`)
  })
}
