/** That the comparison bites: it finds faults planted in a store. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Fault, faults, noFault, openFaultyStore } from '../histories/faulty-store.ts'
import { Random } from '../support/random.ts'
import type { TestStore } from '../support/stores.ts'
import { compare } from './compare.ts'

const runs = 60
/** For shrinking: the faults show now and then, so that there is no smallest script. */
const limitMs = 1500

for (const name of ['a lock that ignores its end', 'a lost add', 'a count off by one']) {
  test(`random commands find ${name}`, async () => {
    const random = new Random()
    const { difference } = await compare(() => openFaulty(faults[name]!, random), {
      runs,
      seed: random.between(0, 2 ** 31 - 1),
      limitMs,
    })
    assert.notEqual(difference, null, `seed ${random.seed}: no difference is found`)
    assert.match(difference!, /to \d+ commands:\n {2}1\. /)
  })
}

test('without a fault they find nothing', async () => {
  const random = new Random()
  const seed = random.between(0, 2 ** 31 - 1)
  const { difference } = await compare(() => openFaulty(noFault, random), { runs: 20, seed, limitMs: 60_000 })
  assert.equal(difference, null, difference ?? undefined)
})

async function openFaulty(fault: Fault, random: Random): Promise<TestStore> {
  const { store, clock } = openFaultyStore(fault, random)
  return { store, clock, reopen: null, discard: () => store.close() }
}
