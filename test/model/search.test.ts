/** The oracle finds the order in which concurrent calls were taken, or that there is no such order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Command } from '../../harness/model/commands.ts'
import { compare } from '../../harness/model/compare.ts'
import { limitMs, runs, seed } from '../../harness/model/options.ts'
import { Oracle, Undecided } from '../../harness/model/oracle.ts'
import { openShuffledStore } from '../../harness/model/shuffled-store.ts'
import { anyCommand, anyTogether } from '../../harness/model/usual-commands.ts'
import { type Outcome, World } from '../../harness/model/world.ts'
import { Random } from '../../harness/random.ts'

const on = { slot: 'shop', by: 'id', client: { clientKey: 'a', runId: null } } as const
const look: Command = { do: 'listHead', ...on, limit: 1000 }

/**
 * Concurrent calls that each add one request. Their answers do not show the order in which they were taken.
 */
function adds(keys: string): Command {
  const commands = [...keys].map((key): Command => {
    const requests = [{ key, handled: false, retryCount: 0, note: '' }]
    return { do: 'addRequests', ...on, requests, side: 'end' }
  })
  return { do: 'together', commands }
}

/** A store that takes the last of them first, and the oracle beside it. */
async function begin(situationsMax?: number) {
  const { store, clock } = openShuffledStore(new Random(), undefined, (count) => count - 1)
  return {
    world: await World.begin(store, clock),
    oracle: await Oracle.begin(clock.wallMs(), situationsMax),
  }
}

interface Head {
  readonly answer: { readonly items: readonly { uniqueKey: string }[] }
}

/** A head with the items of `seen` in another order. */
function headOf(keys: string, { answer }: Head): Outcome {
  const items = [...keys].map((key) => answer.items.find(({ uniqueKey }) => uniqueKey === key))
  return { answer: { ...answer, items } }
}

test('the oracle finds the one order of thousands that explains later answers', async () => {
  const { world, oracle } = await begin()
  for (const command of [adds('abcde'), adds('fghi')]) {
    assert.equal(await oracle.explain(command, await world.run(command)), null)
  }
  const seen = (await world.run(look)) as Head
  assert.deepEqual(seen.answer.items.map(({ uniqueKey }) => uniqueKey).join(''), 'edcbaihgf')
  assert.equal(await oracle.explain(look, seen), null)
  // It is the only one left.
  const other = headOf('edcbaihfg', seen)
  assert.deepEqual(await oracle.explain(look, other), { expected: seen })
})

test('the oracle finds out that no order explains the answers', async () => {
  const { world, oracle } = await begin()
  for (const command of [adds('abcde'), adds('fghi')]) {
    assert.equal(await oracle.explain(command, await world.run(command)), null)
  }
  // One of the second group before one of the first.
  const other = headOf('edcbfaihg', (await world.run(look)) as Head)
  assert.notEqual(await oracle.explain(look, other), null)
})

test('one request handed to two concurrent calls is wrong in every order', async () => {
  const { world, oracle } = await begin()
  const first = adds('abc')
  assert.equal(await oracle.explain(first, await world.run(first)), null)
  const lock: Command = { do: 'lockHead', ...on, limit: 1, lockMs: 1000 }
  const command: Command = { do: 'together', commands: [lock, ...together(adds('def')), lock] }
  const outcomes = (await world.run(command)) as Outcome[]
  assert.notEqual(await oracle.explain(command, outcomes.with(0, outcomes.at(-1)!)), null)
})

test('random concurrent calls are explained, whatever order the store takes them in', async () => {
  console.log(`search: again with: node test/model/search.test.ts --runs ${runs} --seed ${seed}`)
  const random = new Random(seed)
  const anyOf = fc.oneof({ weight: 2, arbitrary: anyCommand }, { weight: 1, arbitrary: anyTogether })
  const open = async () => openShuffledStore(random)
  const { commandCount, undecided, isCutShort, difference } = await compare(open, {
    runs,
    seed,
    limitMs,
    anyOf,
  })
  assert.equal(difference, null, difference ?? undefined)
  assert.ok(!isCutShort, `time was up after ${commandCount} commands`)
  assert.deepEqual(undecided, [])
})

test('an undecided run is reported with its seed, and does not count as a difference', async () => {
  const { world, oracle } = await begin(100)
  const command = adds('abcde')
  await assert.rejects(oracle.explain(command, await world.run(command)), Undecided)

  const open = async () => openShuffledStore(new Random(seed))
  const ask = { runs: 50, seed, limitMs, situationsMax: 3 }
  const { undecided, difference, commandCount } = await compare(open, ask)
  assert.equal(difference, null, difference ?? undefined)
  assert.ok(
    undecided.length > 0 && undecided.length < 50 && commandCount > 0,
    `seed ${seed}: some are decided`,
  )
  for (const text of undecided) assert.match(text, new RegExp(`^seed ${seed}, run \\d+: 3 situations`))
})

function together(command: Command): Command[] {
  return command.do === 'together' ? command.commands : [command]
}
