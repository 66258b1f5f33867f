/** Which callers are woken, and when the store is looked at (13.14), without a server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Millis } from '../../src/domain/time.ts'
import { type EndOfWait, QueueWaiters } from '../../src/http/waiting/queue-waiters.ts'

test('13.14 news that a caller did not use during a look are looked for again', async () => {
  const looks: PromiseWithResolvers<Millis | null>[] = []
  const waiters = new QueueWaiters({
    now: () => 0,
    whenAvailable() {
      looks.push(Promise.withResolvers())
      return looks.at(-1)!.promise
    },
    isDueAt() {},
  })
  const ends: [string, EndOfWait][] = []
  for (const name of ['first', 'second']) {
    waiters.add({ limit: 25, endsAt: 60_000, end: (reason) => ends.push([name, reason]) }, 0, false)
  }
  assert.equal(looks.length, 1)
  // The look has read the store before this change.
  waiters.changed({ count: 1, inMs: null }, 1)
  assert.deepEqual(ends, [['first', 'woken']])
  // The first caller has disconnected, and took nothing.
  waiters.tried(false)
  looks[0]!.resolve(null)
  await setImmediate()
  assert.equal(looks.length, 2)
  looks[1]!.resolve(0)
  await setImmediate()
  assert.deepEqual(ends.at(-1), ['second', 'woken'])
})
