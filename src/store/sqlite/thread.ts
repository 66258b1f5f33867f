/**
 * The storage thread: it owns the one connection that writes. Its life: starting (opens and migrates the file),
 * serving (takes the calls that wait, runs them in one transaction, answers), closed (after `close`, when everything
 * that waited was answered).
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { clockOf } from '../clock.ts'
import { StoreClock } from '../store-clock.ts'
import { assertDurable, openWriter } from './database.ts'
import type { CallMessage, FromThread, ThreadStart, ToThread } from './messages.ts'
import { migrate } from './migrate.ts'
import { clearPurges } from './operations/clear-purges.ts'
import { Session } from './session.ts'
import { runTogether } from './writer.ts'

/** So many calls share a transaction at the most: a bound on how long the first of them waits for the last. */
const callsPerTransactionMax = 1000

/** Access times and statistics of reads reach the disk at the latest after this. */
const saveEveryMs = 1000

const port = parentPort!
const start = workerData as ThreadStart

const db = openWriter(start.file)
migrate(db)
const clock = new StoreClock(clockOf(start.clock), latestTimeShown())
const session = new Session(db, clock)
// A first write, so that what is asserted next was really in force for it.
db.exec(`PRAGMA user_version = ${Object.values(db.prepare('PRAGMA user_version').get()!)[0]}`)
assertDurable(db)

let waiting: CallMessage[] = []
let closing = false
let purging = true

port.on('message', (message: ToThread) => {
  take(message)
  serve()
})
const saving = setInterval(saveUnsaved, saveEveryMs)
send({ kind: 'ready', clockCell: clock.cell })
continuePurge()

function serve(): void {
  for (;;) {
    takeAllThatCame()
    if (waiting.length === 0) break
    const calls = waiting.splice(0, callsPerTransactionMax)
    send({ kind: 'replies', replies: runTogether(session, calls) })
    if (calls.some(([, name]) => name === 'deleteQueue' || name === 'expireQueues')) {
      purging = true
      continuePurge()
    }
  }
  if (closing) close()
}

/** What came while the last transaction ran shares the next one. */
function takeAllThatCame(): void {
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: ToThread } | undefined
    if (received === undefined) return
    take(received.message)
  }
}

function take(message: ToThread): void {
  if (message === 'close') closing = true
  else if (waiting.length === 0) waiting = [...message]
  else waiting.push(...message)
}

/** Clears deleted queues away while nothing else is to do, one small step between two looks at the inbox. */
function continuePurge(): void {
  if (!purging) return
  setImmediate(() => {
    if (!purging || closing) return
    purging = inTransaction(() => clearPurges(session))
    continuePurge()
  })
}

function saveUnsaved(): void {
  if (session.hasUnsaved) inTransaction(() => session.save())
}

/** Own work of the thread. A failure (a full disk, say) is no caller's; it is tried again later. */
function inTransaction<T>(work: () => T): T | false {
  try {
    session.begin()
    const result = work()
    session.commit()
    return result
  } catch {
    session.rollback()
    return false
  }
}

function close(): void {
  clearInterval(saving)
  purging = false
  saveUnsaved()
  db.close()
  send({ kind: 'closed' })
  port.close()
}

/** The clock must not start behind what the file has seen (rule 3.7). */
function latestTimeShown(): number {
  const row = db.prepare('SELECT max(max(modified_at), max(accessed_at)) AS shown FROM queues').get()
  return (row?.['shown'] as number | null) ?? 0
}

function send(message: FromThread): void {
  port.postMessage(message)
}
