/**
 * The comparison finds faults that are planted in a store, in whatever order the store takes concurrent
 * calls.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faults } from '../../harness/histories/faulty-store.ts'
import { compare } from '../../harness/model/compare.ts'
import { limitMs } from '../../harness/model/options.ts'
import { openShuffledStore } from '../../harness/model/shuffled-store.ts'
import { Random } from '../../harness/random.ts'

/** It stops at the first difference. With 60, one of the faults was not found in some 5 of 100 tries. */
const runs = 300

for (const name of ['a lock that does not expire', 'a lost add', 'a count off by one']) {
  test(`random commands find ${name}`, async () => {
    const random = new Random()
    const { difference } = await compare(async () => openShuffledStore(random, faults[name]), {
      runs,
      seed: random.between(0, 2 ** 31 - 1),
      limitMs,
      shrinks: false,
    })
    assert.notEqual(difference, null, `seed ${random.seed}: no difference is found`)
    assert.match(difference!, /to \d+ commands:\n {2}1\. /)
  })
}
