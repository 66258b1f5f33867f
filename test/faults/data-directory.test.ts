/** An open that fails half-way leaves nothing behind, and the lock of a directory is not lost with the note beside it. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { DirectoryLock } from '../../src/store/sqlite/file/directory-lock.ts'

test('a directory can be locked although the file with the name of its holder is missing', async (t) => {
  const directory = await temporaryDirectory(t)
  const note = join(directory, 'server.json')
  mkdirSync(join(note, 'inside'), { recursive: true })
  const lock = DirectoryLock.take(directory)
  assert.throws(() => DirectoryLock.take(directory), /Another Headlock server is using the directory/)
  lock.release()
  rmSync(note, { recursive: true })
  DirectoryLock.take(directory).release()
})

// Only Linux can set this limit for another process.
if (process.platform === 'linux') {
  test('an open that fails for want of file descriptors leaves no thread and no lock', async (t) => {
    const script = resolve(import.meta.dirname, '../../harness/faults/few-descriptors.ts')
    const args = ['--nofile=128:128', process.execPath, script, await temporaryDirectory(t)]
    const outputs = JSON.parse(execFileSync('prlimit', args, { encoding: 'utf8' })) as string[]
    assert.ok(outputs.length > 3, 'it failed in several places')
    assert.deepEqual([...new Set(outputs)], [''])
  })
}
