/** What was copied from the log and then not taken by the disk. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { openWriter } from '../../src/store/sqlite/file/database.ts'
import type { CheckpointThreadStart } from '../../src/store/sqlite/thread/checkpoints.ts'

/** The system may throw such pages away and say nothing the next time, while SQLite takes them for copied (11.1). */
test('a checkpoint that did not reach the disk is told apart from one that failed', async (t) => {
  const file = join(await temporaryDirectory(t), 'some.sqlite')
  const db = openWriter(file)
  db.exec('PRAGMA wal_autocheckpoint = 0; CREATE TABLE numbers (number INTEGER)')
  t.after(() => db.close())
  const passWith = async (path: string): Promise<unknown> => {
    db.exec('INSERT INTO numbers VALUES (1)')
    const fileDescriptor = openSync(path, 'r+')
    const start: CheckpointThreadStart = { file, fileDescriptor }
    const worker = new Worker(
      new URL('../../src/store/sqlite/thread/checkpoint.worker.ts', import.meta.url),
      {
        workerData: start,
      },
    )
    try {
      worker.postMessage('pass')
      const [message] = await once(worker, 'message')
      return message
    } finally {
      await worker.terminate()
      closeSync(fileDescriptor)
    }
  }

  // Stands for a disk that refuses: nothing that is written to this device can be brought to a disk.
  const unsynced = (await passWith('/dev/null')) as { unsynced?: string }
  assert.match(unsynced.unsynced ?? '', /fsync/)
  assert.deepEqual(Object.keys((await passWith(file)) as object), ['copiedNow', 'syncMs'])
})
