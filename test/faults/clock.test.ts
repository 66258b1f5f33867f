import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playClockRound } from '../../harness/faults/clock-rounds.ts'
import { Random } from '../../harness/random.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'

/** Rule 3.7 through a whole server; torture/kinds/clocks.ts goes on. */
for (const threads of process.platform === 'linux' ? [1, 2] : [1]) {
  for (const rule of [null, { concurrency: 2, delayMs: 0 }, { concurrency: 1, delayMs: 60_000 }]) {
    const policy = rule === null ? 'no policy' : `at most ${rule.concurrency}, every ${rule.delayMs} ms`
    test(`a clock is set back and forward under a server: ${threads} threads, ${policy}`, async (t) => {
      const random = new Random()
      t.diagnostic(`seed ${random.seed}; repeat with: npm test -- faults/clock --seed ${random.seed}`)
      let jumps = 0
      await playClockRound(await temporaryDirectory(t), random, {
        steps: 100,
        threads,
        rule,
        onJump: () => void jumps++,
      })
      assert.ok(jumps > 5)
    })
  }
}
