/** What is in place of a file and is none, such as a pipe, is refused by its name. It neither blocks nor fills the process. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makePipe, runBounded } from '../../harness/bounded-run.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { DirectoryLock } from '../../src/store/sqlite/file/directory-lock.ts'

const modeOf = (path: string) => statSync(path).mode & 0o7777

// Windows has no such pipes.
if (process.platform !== 'win32') {
  describe('a pipe in place of a file', { concurrency: 2 }, () => {
    for (const name of [
      'headlock.sqlite',
      'headlock.sqlite-wal',
      'headlock.sqlite-shm',
      'headlock.sqlite-journal',
      'server.lock',
      'server.lock-journal',
    ]) {
      test(`of the server, ${name}, is refused by its name, and nothing is changed`, async (t) => {
        const place = await temporaryDirectory(t)
        const directory = join(place, 'data')
        mkdirSync(directory)
        chmodSync(directory, 0o755)
        if (name !== 'headlock.sqlite') writeFileSync(join(directory, 'headlock.sqlite'), '')
        makePipe(join(directory, name))
        const names = readdirSync(directory)
        const alone = [
          ['serve', '--port', '0', '--data', directory],
          ['copy', '--from', `sqlite:${directory}`, '--to', `sqlite:${join(place, 'to')}`],
          ['verify', '--repair', '--data', directory],
        ]
        const beside = [
          ['backup', join(place, 'backup'), '--data', directory],
          ['verify', '--data', directory],
          ['verify', join(directory, 'headlock.sqlite')],
          ['restore', join(directory, 'headlock.sqlite'), '--data', join(place, 'restored')],
          ['token', 'list', '--data', directory],
        ]
        for (const args of name.startsWith('server') ? alone : [...alone, ...beside]) {
          const { status, stderr } = runBounded(args)
          assert.ok(
            stderr.includes(`${join(directory, name)} is not a regular file. It is a pipe (FIFO). `),
            `${args.join(' ')}: ${stderr}`,
          )
          assert.equal(status, 1, args.join(' '))
          assert.deepEqual(readdirSync(directory), names)
          assert.equal(modeOf(directory), 0o755)
        }
      })
    }

    test('with the name of the holder does not block the message that the directory is in use', async (t) => {
      const directory = await temporaryDirectory(t)
      const lock = DirectoryLock.take(directory)
      const note = join(directory, 'server.json')
      rmSync(note)
      makePipe(note)
      const { status, stderr } = runBounded(['serve', '--port', '0', '--data', directory])
      assert.match(stderr, /^Another Headlock server is using the directory \S+\. Stop it first/)
      assert.equal(status, 1)
      lock.release()
    })

    test('of the first token is not replaced', async (t) => {
      const directory = await temporaryDirectory(t)
      const file = join(directory, 'first-token')
      makePipe(file)
      const { status, stderr } = runBounded(['serve', '--port', '0', '--data', directory])
      assert.ok(
        stderr.startsWith(`The first token cannot be written to ${file}: a pipe (FIFO) is in its place.`),
        stderr,
      )
      assert.equal(status, 1)
      assert.ok(statSync(file).isFIFO())
    })

    test('of a backup is refused, and so is a device', async (t) => {
      const place = await temporaryDirectory(t)
      const [pipe, link] = [join(place, 'pipe'), join(place, 'zero')]
      makePipe(pipe)
      symlinkSync('/dev/zero', link)
      for (const args of [['verify'], ['restore', '--data', join(place, 'data')]]) {
        assert.match(
          runBounded([...args, pipe]).stderr,
          /pipe is not a regular file\. It is a pipe \(FIFO\)\. Name a file that/,
        )
        assert.match(
          runBounded([...args, link]).stderr,
          /zero is not a regular file\. It is a device\. Name a file that/,
        )
      }
    })

    test('of a certificate that the URL of a database names is refused, and so is a device', async (t) => {
      const place = await temporaryDirectory(t)
      const pipe = join(place, 'pipe')
      makePipe(pipe)
      // Nothing listens at this address, and nothing has to: the files come first.
      const address = 'postgres://nobody@127.0.0.1:1/none'
      for (const [parameter, file, kind] of [
        ['sslrootcert', '/dev/zero', 'a device'],
        ['sslcert', pipe, 'a pipe (FIFO)'],
        ['sslkey', place, 'a directory'],
      ] as const) {
        const store = `${address}?${parameter}=${file}`
        for (const args of [
          ['serve', '--port', '0', '--store', store],
          ['copy', '--from', store, '--to', `sqlite:${join(place, 'to')}`],
        ]) {
          const { status, stderr } = runBounded(args)
          const problem = `The file ${file} (${parameter} in the URL of the store) cannot be read: it is ${kind}. `
          assert.ok(stderr.startsWith(problem), stderr)
          assert.equal(status, 1)
        }
      }
    })
  })
}
