import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { chromiumVariable } from '../../harness/console/chromium.ts'

/** Runs tests as `npm test -- PATH` does, on a machine without a browser. */
function runWithoutBrowser(...paths: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  const runner = resolve(import.meta.dirname, '../run.ts')
  const env = { ...environment, [chromiumVariable]: '/nowhere/chromium' }
  return new Promise((settle) => {
    const child = execFile(process.execPath, [runner, ...paths], { env }, (_error, stdout, stderr) =>
      settle({ code: child.exitCode, output: stdout + stderr }),
    )
  })
}

test('without Chromium, a line says why the tests of the console are skipped, and no other test is', async () => {
  const { code, output } = await runWithoutBrowser(
    'test/console/sqlite',
    'test/console/postgres',
    'test/domain/order',
  )
  for (const store of ['sqlite', 'postgres'])
    assert.match(
      output,
      new RegExp(`the console on ${store} .*# no Chromium is installed: .*${chromiumVariable}`),
    )
  assert.match(output, /skipped 2/)
  assert.match(output, /^[1-9]\d* passed, 0 failed$/m)
  assert.equal(code, 0)
})

test('where nothing but these tests was asked for, the runner does not say that all is well', async () => {
  const { code, output } = await runWithoutBrowser('test/console/sqlite')
  assert.match(output, /No test ran\.\n0 passed, 0 failed|0 passed, 0 failed\nNo test ran\./)
  assert.equal(code, 1)
})
