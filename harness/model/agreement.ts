/** What the tests of the model share: the stores that they compare, and what a comparison must show. */
import assert from 'node:assert/strict'
import type fc from 'fast-check'
import type { StepSize } from '../../src/store/steps/steps.ts'
import type { Fault } from '../histories/faulty-store.ts'
import { Random } from '../random.ts'
import { type OpenTestStore, openTemporaryPostgresStore, openTemporarySqliteStore } from '../stores.ts'
import type { Command } from './commands.ts'
import { type Comparison, compare } from './compare.ts'
import { limitMs, runs, seed } from './options.ts'
import { openShuffledStore } from './shuffled-store.ts'

export interface ComparedStore {
  readonly name: string
  readonly open: OpenTestStore
  readonly runs: number
}

/**
 * The oracle against itself with concurrent calls in any order, which shows what the commands cover; and both stores.
 *
 * @param stepSize of both stores
 */
export function comparedStores(stepSize?: StepSize): readonly ComparedStore[] {
  return [
    { name: 'memory', open: async () => openShuffledStore(new Random(seed)), runs },
    { name: 'sqlite', open: () => openTemporarySqliteStore(stepSize), runs },
    // Each command takes its round trips.
    { name: 'postgres', open: () => openTemporaryPostgresStore(stepSize), runs: Math.ceil(runs / 4) },
  ]
}

/**
 * Compares a store with the oracle, and prints how to do it again.
 *
 * @param kind in the name of the test file and in what is printed
 */
export async function assertAgrees(
  kind: string,
  { open, runs }: Pick<ComparedStore, 'open' | 'runs'>,
  comparison: Pick<Comparison, 'anyScript' | 'coverage'> = {},
): Promise<void> {
  const again = `node test/model/${kind}.test.ts --runs ${runs} --seed ${seed}`
  console.log(`${kind}: seed ${seed}, ${runs} runs; again with: ${again}`)
  const compared = await compare(open, { runs, seed, limitMs, ...comparison })
  const { commandCount, undecided, isCutShort, difference } = compared
  assert.equal(difference, null, difference ?? undefined)
  assert.ok(!isCutShort, `time was up after ${commandCount} commands; no difference in them`)
  for (const each of undecided) console.log(`${kind}: not decided: ${each}`)
  console.log(`${kind}: ${commandCount} commands, no difference; ${undecided.length} runs not decided`)
  assert.ok(undecided.length < runs, 'no run was decided')
}

const runsWithFaultMax = 200

/** Random commands on the oracle with a planted fault: they must show it. */
export async function assertFound(fault: Fault, anyScript: fc.Arbitrary<Command[]>): Promise<void> {
  const random = new Random()
  const { difference } = await compare(async () => openShuffledStore(random, fault), {
    runs: runsWithFaultMax,
    seed: random.between(0, 2 ** 31 - 1),
    limitMs,
    shrinks: false,
    anyScript,
  })
  assert.notEqual(difference, null, `seed ${random.seed}: no difference is found`)
}
