/**
 * The storage thread owns the only connection that writes. Its states:
 *
 * - starting: it opens and migrates the file.
 * - serving: it runs the waiting calls in one transaction, and answers them.
 * - draining: it was asked to close, and answers the calls that still wait.
 * - closed.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { ThreadFigures } from '../../../figures/thread-figures.ts'
import { clockOf } from '../../clock.ts'
import { StoreClock } from '../../store-clock.ts'
import { StoreFigures } from '../../store-figures.ts'
import { assertDurable, openWriter } from '../file/database.ts'
import { migrate } from '../migrations/migrate.ts'
import { buildGroups } from '../operations/build-groups.ts'
import { clearPurges } from '../operations/clear-purges.ts'
import type { OperationName } from '../operations/index.ts'
import { SharedReads } from '../reads/shared-reads.ts'
import { countPending } from '../series/count-pending.ts'
import { Session } from '../session/session.ts'
import { Checkpoints } from './checkpoints.ts'
import { FlatReader } from './encoding/flat-list.ts'
import { flatCallOf } from './encoding/frequent-calls.ts'
import { writeReply } from './encoding/replies.ts'
import { runTogether } from './group-commit.ts'
import {
  type CallMessage,
  type CallsMessage,
  type ControlMessage,
  newsMark,
  type ProblemMessage,
  type RepliesMessage,
  type ReplyMessage,
  type ThreadStart,
  type WatchMessage,
} from './messages.ts'
import { Watchers } from './watchers.ts'

/** Bounds the calls in one transaction. */
const callsPerTransactionMax = 1000
/**
 * Bounds the time of one transaction, and so how long its first call waits for the last one. One call always
 * runs.
 */
const transactionMsMax = 20

/**
 * Access times and statistics of reads reach the disk about this much later. It takes longer if many queues
 * wait.
 */
const saveEveryMs = 1000
/** How many queues one transaction saves. */
const savedPerStepMax = 300

const control = parentPort!
const start = workerData as ThreadStart

const db = openWriter(start.file)
migrate(db)
countPending(db)
const clock = new StoreClock(clockOf(start.clock), latestStoredTime())
const figures = new StoreFigures(start.figures)
const session = new Session(db, clock, new SharedReads(start.reads), figures)
// A first write, so that the settings checked next were in force for it.
db.exec(`PRAGMA user_version = ${Object.values(db.prepare('PRAGMA user_version').get()!)[0]}`)
assertDurable(db)
const watchers = new Watchers(session)
const checkpoints = new Checkpoints(session, start.file, report, figures)

/** The ports of the threads that call, and their waiting calls. */
const ports: MessagePort[] = []
const calls: CallMessage[] = []
/** The port of each waiting call, in the same order as the calls. */
const callers: MessagePort[] = []
let state: 'serving' | 'draining' | 'closed' = 'serving'
/** The numbers of the queues to save. Queues that change meanwhile are saved next time. */
let queuesToSave: number[] = []
/** The same for queues whose figures are to be saved. */
let figuresToSave: number[] = []
let mayHavePurges = true
let isPurgeScheduled = false
/** The number of the queue that had the last step of building groups. */
let builtLast = -1
let isBuildingScheduled = false

control.on('message', (message: ControlMessage) => {
  if (message === 'close') {
    if (state === 'serving') state = 'draining'
    serve()
    return
  }
  const { connect } = message
  ports.push(connect)
  connect.on('message', (received: CallsMessage | WatchMessage) => {
    take(connect, received)
    serve()
  })
  connect.on('close', () => {
    const place = ports.indexOf(connect)
    if (place >= 0) ports.splice(place, 1)
    watchers.leave(connect)
  })
})
const threadFigures = start.figures === undefined ? null : new ThreadFigures(start.figures, 'storage')
const saveTimer = setInterval(saveUnsaved, saveEveryMs)
control.postMessage({ clockCell: clock.cell })
continuePurge()
continueBuildings()

/**
 * Runs one transaction, then lets the event loop run: a flood of calls must not keep out timers and `close`.
 */
function serve(): void {
  takeArrivedCalls()
  if (calls.length > 0) {
    const first = calls.slice(0, callsPerTransactionMax)
    const replies = runTogether(session, first, transactionMsMax, figures)
    const now = calls.splice(0, replies.length)
    answer(now, replies, callers.splice(0, replies.length))
    checkpoints.afterCommit()
    if (now.some(([, name]) => name === 'deleteQueue' || name === 'expireQueues')) {
      mayHavePurges = true
      continuePurge()
    }
  }
  continueBuildings()
  if (calls.length > 0) setImmediate(serve)
  else if (state === 'draining') close()
}

/** Takes all calls that arrived during the last transaction. They share the next one. */
function takeArrivedCalls(): void {
  for (const port of ports) {
    for (;;) {
      const received = receiveMessageOnPort(port) as { message: CallsMessage | WatchMessage } | undefined
      if (received === undefined) break
      take(port, received.message)
    }
  }
}

function take(from: MessagePort, received: CallsMessage | WatchMessage): void {
  if (!Array.isArray(received)) {
    watchers.take(from, received as WatchMessage)
    return
  }
  const reader = new FlatReader(received)
  while (!reader.isAtEnd) {
    const number = reader.next<number>()
    const name = reader.next<OperationName>()
    calls.push([number, name, flatCallOf(name).readParams(reader)])
    callers.push(from)
  }
}

/** Sends one message to each thread that waits for answers, or that watches a queue that has changed. */
function answer(
  to: readonly CallMessage[],
  replies: readonly ReplyMessage[],
  callers: readonly MessagePort[],
): void {
  const byPort = new Map<MessagePort, RepliesMessage>()
  for (const [index, [number, reply]] of replies.entries()) {
    const own = messageTo(callers[index]!, byPort)
    own.push(number)
    writeReply(own, to[index]![1], reply)
  }
  for (const { queueId, news, ports } of watchers.takeNews()) {
    for (const port of ports) messageTo(port, byPort).push(newsMark, queueId, news.count, news.inMs)
  }
  for (const [port, own] of byPort) port.postMessage(own)
}

function messageTo(port: MessagePort, byPort: Map<MessagePort, RepliesMessage>): RepliesMessage {
  let message = byPort.get(port)
  if (message === undefined) {
    message = []
    byPort.set(port, message)
  }
  return message
}

/**
 * Deletes the rows of deleted queues while the thread is idle. Between two small steps it takes new calls.
 */
function continuePurge(): void {
  if (!mayHavePurges || isPurgeScheduled) return
  isPurgeScheduled = true
  setImmediate(() => {
    isPurgeScheduled = false
    if (state !== 'serving') return
    const more = inTransaction(() => clearPurges(session))
    // A failed step is repeated after the next save.
    if (more === null) return
    mayHavePurges = more
    continuePurge()
  })
}

/** Builds the groups of queues with a new policy, in steps, as `continuePurge`. */
function continueBuildings(): void {
  if (!session.mayHaveBuildings || isBuildingScheduled) return
  isBuildingScheduled = true
  setImmediate(() => {
    isBuildingScheduled = false
    if (state !== 'serving') return
    const done = inTransaction(() => ({ queue: buildGroups(session, builtLast) }))
    // A failed step is repeated after the next save.
    if (done === null) return
    if (done.queue === null) session.mayHaveBuildings = false
    else builtLast = done.queue
    continueBuildings()
  })
}

function saveUnsaved(): void {
  if (queuesToSave.length > 0 || figuresToSave.length > 0) return
  listUnsaved()
  continueSave()
}

function listUnsaved(): void {
  queuesToSave = session.unsavedNumbers()
  figuresToSave = session.figures.unsavedNumbers()
}

/** Saves in small steps. Between two steps the thread takes new calls. */
function continueSave(): void {
  if (state === 'closed') return
  saveSome()
  if (queuesToSave.length > 0 || figuresToSave.length > 0) setImmediate(continueSave)
  else {
    deleteOldFigures()
    continuePurge()
    continueBuildings()
  }
}

function saveSome(): void {
  const some = queuesToSave.splice(0, savedPerStepMax)
  const withFigures = figuresToSave.splice(0, savedPerStepMax - some.length)
  if (some.length === 0 && withFigures.length === 0) return
  const saved = inTransaction(() => {
    for (const queueNumber of some) session.save(queueNumber)
    for (const queueNumber of withFigures) session.figures.save(queueNumber)
    return true
  })
  if (saved !== null) return
  // What could not be saved is saved next time.
  queuesToSave = []
  figuresToSave = []
}

/** Deletes figures that are too old, in small steps as `continuePurge`. */
function deleteOldFigures(): void {
  if (state !== 'serving' || !session.figures.hasOldRows(clock.now())) return
  const done = inTransaction(() => {
    session.figures.deleteOldRows(session.now)
    return true
  })
  // A failed step is repeated after the next save.
  if (done !== null) setImmediate(deleteOldFigures)
}

/**
 * Runs background work of the thread in a transaction. Null if it failed, such as on a full disk. That
 * concerns no caller, and is repeated later.
 */
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
    answer([], [], [])
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
  clearInterval(saveTimer)
  threadFigures?.stop()
  mayHavePurges = false
  listUnsaved()
  while (queuesToSave.length > 0 || figuresToSave.length > 0) saveSome()
  await checkpoints.close(() => db.close())
  for (const port of ports) port.close()
  control.close()
}

/** The latest time in the file. The clock must not start behind it (rule 3.7). */
function latestStoredTime(): number {
  const row = db.prepare('SELECT max(max(modified_at), max(accessed_at)) AS shown FROM queues').get()
  return (row?.['shown'] as number | null) ?? 0
}
