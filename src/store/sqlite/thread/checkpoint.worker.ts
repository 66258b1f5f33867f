/** Copies the write-ahead log into the database file when it is told to; see checkpoints.ts. */
import { fsyncSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { openWriter } from '../file/database.ts'
import { type CheckpointThreadStart, isOfSync, lengthOf, type PassMessage } from './checkpoints.ts'

const port = parentPort!
const { file, fileDescriptor } = workerData as CheckpointThreadStart
const db = openWriter(file)
db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -2048')
const look = db.prepare('PRAGMA wal_checkpoint(NOOP)')
const pass = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')

port.on('message', () => port.postMessage(passed()))

function passed(): PassMessage {
  let copiedNow: number
  try {
    const before = lengthOf(look.get()!)
    copiedNow = lengthOf(pass.get()!).copied - before.copied
  } catch (error) {
    // A pass that reaches the end of the log is one that SQLite syncs itself.
    return isOfSync(error) ? { unsynced: String(error) } : { failed: String(error) }
  }
  try {
    // SQLite leaves this to the pass that copies the last frame, and that is the writing thread's: it would wait for all
    // the pages that were copied here.
    fsyncSync(fileDescriptor)
  } catch (error) {
    return { unsynced: String(error) }
  }
  return { copiedNow }
}
