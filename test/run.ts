/**
 * What `npm test` runs: every test file, or those whose path contains one of the words given. The last line of its
 * output is "N passed, N failed". It fails when a test fails, when no test ran, and when nothing moves any more.
 *
 *     npm test -- test/cli lock          only files with test/cli or lock in their path
 *     npm test -- --fast                 only the fast set (fast-set.ts), without PostgreSQL: `npm run test:fast`
 *     npm test -- --name 'kill -9'       only tests whose name matches this
 *     npm test -- --model-runs 2000      more of the random commands (HEADLOCK_MODEL_RUNS), without a time limit
 *     npm test -- --model-seed 42        the random commands of an earlier run again (HEADLOCK_MODEL_SEED)
 *     npm test -- --seed 42              all other random choices of an earlier run again (HEADLOCK_SEED)
 *
 * It starts a PostgreSQL for the tests, unless HEADLOCK_TEST_POSTGRES names one.
 */
import { globSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { run } from 'node:test'
import { spec, type TestEvent } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { PostgresServer } from '../harness/postgres-server.ts'
import { testPostgresSettings, testPostgresVariable } from '../harness/test-postgres.ts'
import { fastProcesses, slowTests, testProcesses } from './fast-set.ts'

const root = resolve(import.meta.dirname, '..')
/** For one test, and for the time in which nothing happens at all. */
const timeoutMs = 240_000

const { values, positionals } = readArguments()
for (const name of ['model-runs', 'model-seed', 'seed'] as const) {
  const variable = `HEADLOCK_${name.replace('-', '_').toUpperCase()}`
  if (values[name] !== undefined) process.env[variable] = values[name]
}
const limitMs = values['model-runs'] === undefined ? timeoutMs : undefined

const all = globSync('test/**/*.test.ts', { cwd: root }).sort()
const set = values.fast === true ? fastProcesses(all) : positionals.length === 0 ? testProcesses(all) : all
const files = set.filter(
  (file) => positionals.length === 0 || positionals.some((word) => file.includes(word)),
)

// Hundreds of processes and threads load the same files: what one of them has compiled the others take over.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'headlock-test-compile-cache')
// One PostgreSQL for all files; each test has a schema of its own in it.
const postgres =
  process.env[testPostgresVariable] || files.length === 0 || values.fast === true
    ? null
    : await PostgresServer.start(testPostgresSettings)
if (postgres !== null) process.env[testPostgresVariable] = postgres.url
const { passed, failed } = await runTests()
await postgres?.discard()
if (files.length === 0) console.error(`No test file has ${positionals.join(' or ')} in its path.`)
else if (passed + failed === 0) console.error('No test ran.')
console.log(`${passed} passed, ${failed} failed`)
// Not left to the event loop: a child that was given up on would keep it alive.
process.exit(failed > 0 || passed === 0 ? 1 : 0)

async function runTests(): Promise<{ passed: number; failed: number }> {
  if (files.length === 0) return { passed: 0, failed: 0 }
  const unfinished = new Set(files)
  const givingUp = new AbortController()
  let passed = 0
  let failed = 0
  let withoutTests = 0

  const events = run({
    files: files.map((file) => resolve(root, file)),
    cwd: root,
    // A file is a process. One more than there are processors: some of them mostly wait, for the disk or for time limits.
    concurrency: availableParallelism() + 1,
    signal: givingUp.signal,
    ...(limitMs === undefined ? {} : { timeout: limitMs }),
    ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
    ...(values.fast === true ? { testSkipPatterns: slowTests } : {}),
  })

  // The limit of node:test holds for tests. A file whose tests are done but whose process does not end would be
  // waited for forever, without a word.
  const watchdog = limitMs === undefined ? undefined : setTimeout(giveUp, limitMs)
  function giveUp(): void {
    console.error(
      `Nothing happened for ${timeoutMs / 1000} seconds. Not finished: ${[...unfinished].join(', ')}`,
    )
    givingUp.abort()
    setTimeout(() => {
      console.log(`${passed} passed, ${failed + unfinished.size} failed`)
      process.exit(1)
    }, 5000)
  }

  async function* watch(source: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
    for await (const event of source) {
      watchdog?.refresh()
      count(event)
      yield event
    }
    clearTimeout(watchdog)
  }

  function count({ type, data }: TestEvent): void {
    if (type === 'test:pass' && data.file !== undefined && resolve(root, data.name) === data.file) {
      // A file without a test counts as one that passed; it must not hide that nothing was tested.
      withoutTests++
    } else if (type === 'test:summary' && data.file !== undefined) {
      passed += data.counts.passed
      failed += failuresIn(data.counts)
      unfinished.delete(relative(root, data.file))
    } else if (type === 'test:summary') {
      // The one for all of them knows more: the files that did not load.
      passed = data.counts.passed - withoutTests
      failed = failuresIn(data.counts)
    }
  }

  for await (const text of Readable.from(watch(events)).pipe(new spec())) process.stdout.write(text)
  return { passed, failed }
}

function failuresIn(counts: { tests: number; passed: number; skipped: number; todo: number }): number {
  return counts.tests - counts.passed - counts.skipped - counts.todo
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        fast: { type: 'boolean' },
        name: { type: 'string' },
        'model-runs': { type: 'string' },
        'model-seed': { type: 'string' },
        seed: { type: 'string' },
      },
    })
  } catch (error) {
    console.error(
      `${String(error)}\nAllowed: words of file paths, --fast, --name TEXT, --model-runs N, --model-seed N, --seed N.`,
    )
    process.exit(2)
  }
}
