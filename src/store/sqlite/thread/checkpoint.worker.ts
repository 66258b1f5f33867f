/** Copies the write-ahead log into the database file on request (checkpoints.ts). */
import { fsyncSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { openWriter } from '../file/database.ts'
import { type CheckpointThreadStart, isSyncError, lengthOf, type PassMessage } from './checkpoints.ts'

const port = parentPort!
const { file, fileDescriptor } = workerData as CheckpointThreadStart
const db = openWriter(file)
db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -2048')
const getLength = db.prepare('PRAGMA wal_checkpoint(NOOP)')
const pass = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')

port.on('message', () => port.postMessage(passed()))

function passed(): PassMessage {
  let copiedNow: number
  try {
    const before = lengthOf(getLength.get()!)
    copiedNow = lengthOf(pass.get()!).copied - before.copied
  } catch (error) {
    // SQLite itself syncs a pass that reaches the end of the log.
    return isSyncError(error) ? { unsynced: String(error) } : { failed: String(error) }
  }
  const beganAt = performance.now()
  try {
    // SQLite would sync only in the pass that copies the last frame. That is the writing thread's pass, which
    // would have to wait for all the pages copied here.
    fsyncSync(fileDescriptor)
  } catch (error) {
    return { unsynced: String(error) }
  }
  return { copiedNow, syncMs: performance.now() - beganAt }
}
