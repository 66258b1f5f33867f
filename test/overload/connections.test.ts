import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Victim } from '../fuzz/victim.ts'
import { Random } from '../support/random.ts'
import { crowdAround, cutConnections } from './connections.ts'
import { pressMemory } from './large-bodies.ts'

// `npm run torture` does each of these for longer.

test('connections that end in the middle of calls, and thousands that only stand around', async (t) => {
  const random = new Random()
  t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/overload --seed ${random.seed}`)
  const victim = await Victim.start()
  t.after(() => victim.kill())
  const found: string[] = []
  const cutting = { victim, random, violated: (what: string) => found.push(what) }
  for (let round = 0; round < 2; round++) await cutConnections(cutting, 200)
  t.diagnostic(JSON.stringify(await crowdAround(cutting, 2000, 500)))
  assert.deepEqual(found, [])
  assert.deepEqual(victim.complaints, [])
  assert.equal(victim.exit, null)
})

test('more large bodies than the heap could hold: some are refused, and the server lives', async (t) => {
  const found: string[] = []
  const outcome = await pressMemory({
    random: new Random(),
    heapMegabytes: 256,
    callCount: 40,
    violated: (what) => found.push(what),
  })
  t.diagnostic(JSON.stringify(outcome))
  assert.deepEqual(found, [])
  assert.ok(outcome.refused > 0)
})
