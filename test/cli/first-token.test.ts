/** When the output is kept by a journal or a pipe, the first token is not printed. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import {
  runCommand,
  startServerProcess,
  temporaryDatabase,
  temporaryDirectory,
} from '../../harness/server-process.ts'

/** As a value of --store. */
type MakeStore = (t: TestContext) => Promise<string>
const stores: Record<string, MakeStore> = { sqlite: async () => 'sqlite', postgres: temporaryDatabase }

for (const [kind, makeStore] of Object.entries(stores)) {
  describe(`the first token where output is no terminal, on ${kind}`, () => {
    test('is in a file for this user alone, and the output says where', async (t) => {
      const directory = join(await temporaryDirectory(t), 'data')
      const flags = ['--store', await makeStore(t)]
      const server = await startServerProcess(t, directory, { flags })
      const file = join(directory, 'first-token')
      const token = (await readFile(file, 'utf8')).trimEnd()
      assert.match(token, /^headlock_[A-Za-z0-9]{36}$/)
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      assert.equal((await server.call('/v2/users/me', { token })).status, 200)
      assert.ok(server.stdout.includes(`\n  ${file}\n`))
      assert.ok(server.stdout.includes(`  export APIFY_TOKEN=$(cat ${file})\n`))
      const { stdout, stderr } = await server.stop()
      assert.ok(!`${stdout}${stderr}`.includes('headlock_'), 'neither the text nor the log has the token')
      assert.ok(!(await readdir(directory)).some((name) => name.includes('partial')))

      const second = await startServerProcess(t, directory, { flags })
      assert.ok(
        second.stdout.includes(
          `The first token is in ${file}. Remove that file when your clients have the token.\n`,
        ),
      )
      assert.equal((await second.call('/v2/users/me', { token })).status, 200)
    })

    test('does not become valid when the file cannot be written', async (t) => {
      const directory = await temporaryDirectory(t)
      const store = await makeStore(t)
      const file = join(directory, 'first-token')
      // Nobody can write there, root neither.
      await mkdir(file)
      const failed = await runCommand(['serve', '--port', '0', '--data', directory, '--store', store])
      assert.equal(failed.code, 1)
      assert.ok(failed.stderr.startsWith(`The first token cannot be written to ${file}: `), failed.stderr)
      for (const wayOut of ['--data', 'HEADLOCK_TOKEN', 'on a terminal'])
        assert.ok(failed.stderr.includes(wayOut))
      assert.ok(!failed.stdout.includes('is ready'))
      const listed = await runCommand(['token', 'list', '--data', directory, '--store', store])
      assert.equal(listed.stdout, '')
    })
  })
}
