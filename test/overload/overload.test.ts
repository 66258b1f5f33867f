import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runOverload } from '../../harness/overload/overload.ts'

/** `npm run torture -- --only overload` goes on for longer. */
test('calls at four times its pace, and 4000 at once before: it answers what it takes on, refuses the rest with 503, and recovers', async (t) => {
  const found: string[] = []
  const report = (what: string) => found.push(what)
  const outcome = await runOverload({ loadMs: 1000, violated: report, undecided: report })
  t.diagnostic(JSON.stringify(outcome))
  assert.deepEqual(found, [])
})
