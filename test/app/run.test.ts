/** `npm test` itself: what it counts, and that no failure gets past it. */
import assert from 'node:assert/strict'
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { runProgram, temporaryDirectory } from '../../harness/server-process.ts'

const root = resolve(import.meta.dirname, '../..')
/** The runner, and what it starts the PostgreSQL of the tests with. */
const runnerFiles = [
  'test/run.ts',
  'test/fast-set.ts',
  'test/fast-http.ts',
  'harness/postgres-server.ts',
  'harness/test-postgres.ts',
]
/** No file here asks for the PostgreSQL; one that is named is not started. */
const named = { HEADLOCK_TEST_POSTGRES: 'postgres://nobody@nowhere.invalid/' }

/** Runs the test runner over files with these contents, all in one new directory. */
async function runOver(
  t: TestContext,
  files: Record<string, string>,
  args: string[] = [],
  environment = named,
) {
  const directory = await temporaryDirectory(t)
  for (const name of ['test', 'harness']) await mkdir(join(directory, name))
  await writeFile(join(directory, 'package.json'), '{"type":"module"}')
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  for (const file of runnerFiles) await copyFile(join(root, file), join(directory, file))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, 'test', name)), { recursive: true })
    await writeFile(join(directory, 'test', name), `import { test } from 'node:test'\n${text}`)
  }
  const { code, stdout } = await runProgram(join(directory, 'test/run.ts'), args, { environment })
  return { code, lastLine: stdout.trimEnd().split('\n').at(-1) }
}

const passes = "test('passes', () => {})\n"
const fails = "test('fails', () => { throw new Error('on purpose') })\n"

describe('npm test', () => {
  test('counts what passed and what failed', async (t) => {
    const files = { 'a.test.ts': passes + passes, 'b.test.ts': passes + fails }
    assert.deepEqual(await runOver(t, files), { code: 1, lastLine: '3 passed, 1 failed' })
  })

  test('succeeds only when something passed and nothing failed', async (t) => {
    assert.deepEqual(await runOver(t, { 'a.test.ts': passes }), { code: 0, lastLine: '1 passed, 0 failed' })
    assert.deepEqual(await runOver(t, { 'a.test.ts': '' }), { code: 1, lastLine: '0 passed, 0 failed' })
    assert.deepEqual(await runOver(t, {}), { code: 1, lastLine: '0 passed, 0 failed' })
  })

  test('counts a file that does not load as a failure', async (t) => {
    const files = { 'a.test.ts': passes, 'b.test.ts': "import './missing.ts'\n" }
    assert.deepEqual(await runOver(t, files), { code: 1, lastLine: '1 passed, 1 failed' })
  })

  test('runs the files whose path has one of the words', async (t) => {
    const files = { 'a.test.ts': passes, 'b.test.ts': fails }
    assert.deepEqual(await runOver(t, files, ['test/a']), { code: 0, lastLine: '1 passed, 0 failed' })
    assert.deepEqual(await runOver(t, files, ['zzz']), { code: 1, lastLine: '0 passed, 0 failed' })
  })

  test('runs only the fast set, and starts no PostgreSQL for it', async (t) => {
    const needsNone = `test('has none', () => { if (process.env.HEADLOCK_TEST_POSTGRES) throw new Error('no') })\n`
    const files = {
      'domain/a.test.ts': needsNone,
      'http/a.test.ts': needsNone,
      'http/postgres.test.ts': fails,
      'crash/b.test.ts': fails,
    }
    const outcome = await runOver(t, files, ['--fast'], { HEADLOCK_TEST_POSTGRES: '' })
    assert.deepEqual(outcome, { code: 0, lastLine: '2 passed, 0 failed' })
  })

  test('hands its numbers on as variables', async (t) => {
    const text = `test('sees them', () => {
      if (process.env.HEADLOCK_MODEL_RUNS !== '7' || process.env.HEADLOCK_SEED !== '42') throw new Error('no')
    })\n`
    const outcome = await runOver(t, { 'a.test.ts': text }, ['--model-runs', '7', '--seed', '42'])
    assert.deepEqual(outcome, { code: 0, lastLine: '1 passed, 0 failed' })
  })

  test('refuses a flag that it does not know', async (t) => {
    assert.equal((await runOver(t, { 'a.test.ts': passes }, ['--model-run', '7'])).code, 2)
  })
})
