/**
 * What `npm test` runs: every test file, or those whose path contains one of the words given. The last line of its
 * output is "N passed, N failed". It fails when a test fails, and when no test ran.
 *
 *     npm test -- test/cli lock          only files with test/cli or lock in their path
 *     npm test -- --name 'kill -9'       only tests whose name contains this
 *     npm test -- --model-runs 2000      more of the random commands (HEADLOCK_MODEL_RUNS)
 *     npm test -- --seed 42              the random choices of an earlier run again (HEADLOCK_SEED)
 */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'

/** A file that takes longer hangs: the whole run is to be done in five minutes. */
const fileTimeoutMs = 240_000
const root = resolve(import.meta.dirname, '..')

const { values, positionals } = readArguments()
if (values['model-runs'] !== undefined) process.env['HEADLOCK_MODEL_RUNS'] = values['model-runs']
if (values.seed !== undefined) process.env['HEADLOCK_SEED'] = values.seed

const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)))
  .sort()
  .map((file) => resolve(root, file))

let passed = 0
let failed = 0

if (files.length > 0) {
  const events = run({
    files,
    cwd: root,
    // Some files keep more than one core busy, and most wait for the disk.
    concurrency: Math.max(1, availableParallelism() - 1),
    timeout: fileTimeoutMs,
    ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
  })
  let withoutTests = 0
  events.on('test:pass', ({ name, file }) => {
    // A file without a test counts as one that passed; it must not hide that nothing was tested.
    if (file !== undefined && resolve(root, name) === file) withoutTests++
  })
  events.on('test:summary', ({ file, counts }) => {
    // One summary for each file, then one for all: only that one has no file.
    if (file !== undefined) return
    passed = counts.passed - withoutTests
    failed = counts.tests - counts.passed - counts.skipped - counts.todo
  })
  for await (const text of events.compose(new spec())) process.stdout.write(text)
} else {
  console.error(
    `No test file has ${positionals.map((word) => JSON.stringify(word)).join(' or ')} in its path.`,
  )
}

if (passed + failed === 0) console.error('No test ran.')
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
console.log(`${passed} passed, ${failed} failed`)

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { name: { type: 'string' }, 'model-runs': { type: 'string' }, seed: { type: 'string' } },
    })
  } catch (error) {
    console.error(`${String(error)}\nAllowed: words of file paths, --name TEXT, --model-runs N, --seed N.`)
    process.exit(2)
  }
}
