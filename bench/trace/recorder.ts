/**
 * Preloaded into a server that is traced (bench/trace.ts), and so into each of its threads. It records what
 * the thread does for some milliseconds, and writes it to a file. It wraps functions of Node.js, so the
 * server itself has no code for it.
 */
import { createHook } from 'node:async_hooks'
import { writeFileSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { MessagePort, threadId } from 'node:worker_threads'
import { type RecordedKind, type TraceWindow, traceVariable } from './recording.ts'

const { file, beginsAtMs, lengthMs } = JSON.parse(process.env[traceVariable]!) as TraceWindow
const recorded: [kind: RecordedKind, beginMs: number, endMs: number][] = []
let isOver = false

/** All threads of a machine have the same clock. `performance.now` has a zero of its own in each thread. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}

function record(kind: RecordedKind, beginMs: number): void {
  const endMs = nowMs()
  if (isOver || endMs < beginsAtMs) return
  recorded.push([kind, beginMs, endMs])
  if (endMs < beginsAtMs + lengthMs) return
  isOver = true
  hook.disable()
  writeFileSync(`${file}.${threadId}.json`, JSON.stringify(recorded))
}

let depth = 0
let turnBeganMs = 0
const hook = createHook({
  before() {
    if (depth++ === 0) turnBeganMs = nowMs()
  },
  after() {
    if (depth > 0 && --depth === 0) record('turn', turnBeganMs)
  },
})
// The hooks cost a third of the speed, so they are in force only shortly before what is recorded.
setTimeout(() => hook.enable(), Math.max(0, beginsAtMs - nowMs() - 100)).unref()

const { postMessage } = MessagePort.prototype
MessagePort.prototype.postMessage = function (...args: Parameters<typeof postMessage>) {
  const beginMs = nowMs()
  postMessage.apply(this, args)
  record('send', beginMs)
}

const { prepare } = DatabaseSync.prototype
let transactionBeganMs = 0
DatabaseSync.prototype.prepare = function (...args: Parameters<typeof prepare>): StatementSync {
  const statement = prepare.apply(this, args)
  const sql = args[0]
  if (sql !== 'BEGIN IMMEDIATE' && sql !== 'COMMIT') return statement
  const run = statement.run.bind(statement)
  statement.run = () => {
    const beginMs = nowMs()
    if (sql === 'COMMIT') record('statements', transactionBeganMs)
    const result = run()
    transactionBeganMs = nowMs()
    if (sql === 'COMMIT') record('commit', beginMs)
    return result
  }
  return statement
}
