/**
 * Preloaded into every thread of `bench/waits.ts`. It records what may make calls wait: garbage collections, transactions
 * and checkpoints of SQLite, syncs, and event loops that are late. It wraps functions of Node.js, so the store itself has
 * no code for it.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { PerformanceObserver } from 'node:perf_hooks'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads'
import { channelName, type Happening, nowMs, recordedMsMin } from './recording.ts'

const sendEveryMs = 100
const tickMs = 5
const thread = isMainThread ? 'load' : threadName!.replace('headlock-', '')
const channel = new BroadcastChannel(channelName)
channel.unref()
let recorded: Happening[] = []

function record(what: string, beginMs: number, endMs = nowMs()): void {
  if (endMs - beginMs >= recordedMsMin) recorded.push({ thread, what, beginMs, endMs })
}

setInterval(() => {
  if (recorded.length === 0) return
  channel.postMessage(recorded)
  recorded = []
}, sendEveryMs).unref()

new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) {
    const beginMs = performance.timeOrigin + startTime
    record('garbage collection', beginMs, beginMs + duration)
  }
}).observe({ entryTypes: ['gc'] })

// The storage thread is late by its own transactions, which are recorded themselves.
if (isMainThread) {
  let dueMs = nowMs() + tickMs
  setInterval(() => {
    const now = nowMs()
    record('event loop late by', dueMs, now)
    dueMs = now + tickMs
  }, tickMs).unref()
}

const { fsyncSync } = fs
fs.fsyncSync = (descriptor) => {
  const beginMs = nowMs()
  fsyncSync(descriptor)
  record('fsync', beginMs)
}
syncBuiltinESMExports()

let transaction = { beganMs: 0, count: 0, longestMs: 0, longest: '', isStep: false }
const { prepare } = DatabaseSync.prototype
DatabaseSync.prototype.prepare = function (...args: Parameters<typeof prepare>): StatementSync {
  const statement = prepare.apply(this, args)
  const sql = args[0].trim().replace(/\s+/g, ' ')
  for (const method of ['run', 'get', 'all'] as const) {
    const call = statement[method].bind(statement) as (...values: never[]) => never
    statement[method] = (...values: never[]) => {
      const beginMs = nowMs()
      const result = call(...values)
      ran(sql, beginMs, nowMs())
      return result
    }
  }
  return statement
}

function ran(sql: string, beginMs: number, endMs: number): void {
  if (sql === 'BEGIN IMMEDIATE') {
    transaction = { beganMs: beginMs, count: 0, longestMs: 0, longest: '', isStep: false }
  } else if (sql === 'COMMIT') {
    const { beganMs, count, longestMs, longest, isStep } = transaction
    const kind = isStep ? 'step of building' : 'transaction of calls'
    record(
      `${kind}, ${count} statements, longest ${longestMs.toFixed(1)} ms ${longest.slice(0, 50)};`,
      beganMs,
      beginMs,
    )
    record('commit', beginMs, endMs)
  } else if (sql.startsWith('PRAGMA wal_checkpoint')) {
    record(sql, beginMs, endMs)
  } else {
    transaction.count++
    if (sql.includes('queues_building')) transaction.isStep = true
    if (endMs - beginMs > transaction.longestMs) {
      transaction.longestMs = endMs - beginMs
      transaction.longest = sql
    }
  }
}
