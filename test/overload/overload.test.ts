import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runOverload } from '../../harness/overload/overload.ts'

/** `npm run torture -- --only overload` runs this for longer. */
test('under four times its load the server answers what it accepts, refuses the rest with 503, and recovers', async (t) => {
  const found: string[] = []
  const report = (what: string) => found.push(what)
  const outcome = await runOverload({ loadMs: 1000, violated: report, undecided: report })
  t.diagnostic(JSON.stringify(outcome))
  assert.deepEqual(found, [])
})
