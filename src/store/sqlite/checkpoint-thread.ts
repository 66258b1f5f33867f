/** Copies the write-ahead log into the database file when it is told to; see checkpoints.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import type { PassMessage } from './checkpoints.ts'
import { openWriter } from './database.ts'

const port = parentPort!
const db = openWriter(workerData as string)
db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -2048')
const pass = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')

port.on('message', () => port.postMessage(passed()))

function passed(): PassMessage {
  try {
    const row = pass.get()!
    return { log: row['log'] as number, copied: row['checkpointed'] as number }
  } catch (error) {
    return { failed: String(error) }
  }
}
