/**
 * The storage thread: it owns the one connection that writes. Its life: starting (opens and migrates the file),
 * serving (takes the calls that wait, runs them in one transaction, answers), draining (was told to close, and answers
 * what waits), closed.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { clockOf } from '../../clock.ts'
import { StoreClock } from '../../store-clock.ts'
import { StoreFigures } from '../../store-figures.ts'
import { assertDurable, openWriter } from '../file/database.ts'
import { migrate } from '../migrations/migrate.ts'
import { clearPurges } from '../operations/clear-purges.ts'
import { SharedReads } from '../reads/shared-reads.ts'
import { Session } from '../session/session.ts'
import { Checkpoints } from './checkpoints.ts'
import { runTogether } from './group-commit.ts'
import type {
  CallMessage,
  CallsMessage,
  ControlMessage,
  ProblemMessage,
  ReplyMessage,
  ThreadStart,
} from './messages.ts'

/** So many calls share a transaction at the most, */
const callsPerTransactionMax = 1000
/** and those that are performed in so long, one in any case: a bound on how long the first of them waits for the last. */
const transactionMsMax = 20

/** Access times and statistics of reads reach the disk about this long after, or later where many queues wait for it. */
const saveEveryMs = 1000
/** So many queues are saved in one transaction. */
const savedPerStepMax = 300

const control = parentPort!
const start = workerData as ThreadStart

const db = openWriter(start.file)
migrate(db)
const clock = new StoreClock(clockOf(start.clock), latestTimeShown())
const session = new Session(db, clock, new SharedReads(start.reads))
// A first write, so that what is asserted next was really in force for it.
db.exec(`PRAGMA user_version = ${Object.values(db.prepare('PRAGMA user_version').get()!)[0]}`)
assertDurable(db)
const figures = new StoreFigures(start.figures)
const checkpoints = new Checkpoints(session, start.file, report)

/** The threads that call, and what each of them waits for. */
const ports: MessagePort[] = []
const calls: CallMessage[] = []
/** Whose call it is, by the place of the call. */
const callers: MessagePort[] = []
let state: 'serving' | 'draining' | 'closed' = 'serving'
/** The numbers of queues that are to be saved; those that come meanwhile are for the next time. */
let toSave: number[] = []
let purging = true
let purgeIsDue = false

control.on('message', (message: ControlMessage) => {
  if (message === 'close') {
    if (state === 'serving') state = 'draining'
    serve()
    return
  }
  const { connect } = message
  ports.push(connect)
  connect.on('message', (received: CallsMessage) => {
    take(connect, received)
    serve()
  })
  connect.on('close', () => {
    const place = ports.indexOf(connect)
    if (place >= 0) ports.splice(place, 1)
  })
})
const saving = setInterval(saveUnsaved, saveEveryMs)
control.postMessage({ clockCell: clock.cell })
continuePurge()

/** One transaction, then the event loop gets its turn: a flood of calls must not keep out timers and `close`. */
function serve(): void {
  takeAllThatCame()
  if (calls.length > 0) {
    const first = calls.slice(0, callsPerTransactionMax)
    const replies = runTogether(session, first, transactionMsMax, figures)
    const now = calls.splice(0, replies.length)
    answer(replies, callers.splice(0, replies.length))
    checkpoints.afterCommit()
    if (now.some(([, name]) => name === 'deleteQueue' || name === 'expireQueues')) {
      purging = true
      continuePurge()
    }
  }
  if (calls.length > 0) setImmediate(serve)
  else if (state === 'draining') close()
}

/** What came while the last transaction ran shares the next one. */
function takeAllThatCame(): void {
  for (const port of ports) {
    for (;;) {
      const received = receiveMessageOnPort(port) as { message: CallsMessage } | undefined
      if (received === undefined) break
      take(port, received.message)
    }
  }
}

function take(from: MessagePort, received: CallsMessage): void {
  for (const call of received) {
    calls.push(call)
    callers.push(from)
  }
}

/** One message for each thread that waits. */
function answer(replies: readonly ReplyMessage[], to: readonly MessagePort[]): void {
  const byPort = new Map<MessagePort, ReplyMessage[]>()
  for (const [index, reply] of replies.entries()) {
    const port = to[index]!
    const own = byPort.get(port)
    if (own === undefined) byPort.set(port, [reply])
    else own.push(reply)
  }
  for (const [port, own] of byPort) port.postMessage(own)
}

/** Clears deleted queues away while nothing else is to do, one small step between two looks at the inbox. */
function continuePurge(): void {
  if (!purging || purgeIsDue) return
  purgeIsDue = true
  setImmediate(() => {
    purgeIsDue = false
    if (state !== 'serving') return
    const more = inTransaction(() => clearPurges(session))
    // One that failed is tried again with the next save.
    if (more === null) return
    purging = more
    continuePurge()
  })
}

function saveUnsaved(): void {
  if (toSave.length > 0) return
  toSave = session.unsavedNumbers()
  continueSave()
}

/** One small step between two looks at the inbox. */
function continueSave(): void {
  if (state === 'closed') return
  saveSome()
  if (toSave.length > 0) setImmediate(continueSave)
  else continuePurge()
}

function saveSome(): void {
  const some = toSave.splice(0, savedPerStepMax)
  if (some.length === 0) return
  const saved = inTransaction(() => {
    for (const queueNumber of some) session.save(queueNumber)
    return true
  })
  // What could not be saved now is tried again with the next save.
  if (saved === null) toSave = []
}

/** Own work of the thread; null when it failed. That (a full disk, say) is no caller's: it is tried again later. */
function inTransaction<T>(work: () => T): T | null {
  try {
    session.begin()
  } catch (error) {
    report(String(error))
    return null
  }
  try {
    const result = work()
    session.commit()
    checkpoints.afterCommit()
    return result
  } catch (error) {
    session.rollback()
    report(String(error))
    return null
  }
}

function report(problem: string): void {
  const message: ProblemMessage = { problem }
  control.postMessage(message)
}

async function close(): Promise<void> {
  state = 'closed'
  clearInterval(saving)
  purging = false
  toSave = session.unsavedNumbers()
  while (toSave.length > 0) saveSome()
  await checkpoints.close(() => db.close())
  for (const port of ports) port.close()
  control.close()
}

/** The clock must not start behind what the file has seen (rule 3.7). */
function latestTimeShown(): number {
  const row = db.prepare('SELECT max(max(modified_at), max(accessed_at)) AS shown FROM queues').get()
  return (row?.['shown'] as number | null) ?? 0
}
