/** The result of `npm run build`: the package as a user installs it. */
import assert from 'node:assert/strict'
import { copyFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, test } from 'node:test'
import { runProgram, temporaryDirectory } from '../../harness/server-process.ts'
import { version } from '../../src/app/version.ts'

const root = resolve(import.meta.dirname, '../..')

describe('the built package', () => {
  test('runs as a command and inside another program', async (t) => {
    const directory = await temporaryDirectory(t)
    await copyFile(join(root, 'package.json'), join(directory, 'package.json'))
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const outDir = join(directory, 'dist')
    const built = await runProgram(compiler, ['-p', join(root, 'tsconfig.build.json'), '--outDir', outDir])
    assert.equal(built.code, 0, built.stdout)

    const builtConsole = await runProgram(join(root, 'tools/console/build.ts'), [
      '--out-dir',
      join(outDir, 'console'),
    ])
    assert.equal(builtConsole.code, 0, builtConsole.stderr)

    const command = await runProgram(join(outDir, 'main.js'), ['--version'])
    assert.deepEqual(command, { code: 0, signal: null, stdout: `headlock ${version}\n`, stderr: '' })

    const program = join(directory, 'program.mjs')
    await writeFile(
      program,
      `import { createServer } from 'headlock'
      const dataDirectory = ${JSON.stringify(join(directory, 'queues'))}
      const server = await createServer({ port: 0, dataDirectory, logLevel: 'silent' })
      const answer = await fetch(server.url + '/v2/users/me?token=' + server.firstStart.token)
      console.log((await answer.json()).data.username)
      const page = await (await fetch(server.url + '/console/')).text()
      const script = await fetch(new URL(/src="([^"]+)"/.exec(page)[1], server.url + '/console/'))
      console.log(script.status, (await script.text()).length > 1000)
      await server.close()`,
    )
    const embedded = await runProgram(program, [])
    assert.deepEqual(embedded, { code: 0, signal: null, stdout: 'headlock\n200 true\n', stderr: '' })
  })
})
