import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogLevel } from '../app/config/config.ts'
import type { Millis } from '../domain/time.ts'

/** Bounds the log lines in memory that nobody has read yet: 4 MiB. Further lines are lost, and a later line says how many. */
const unreadBytesMax = 4 * 1024 * 1024
/** How long the end of the process waits for a reader that reads nothing. */
const readMs: Millis = 2_000

/**
 * Creates the logger. It writes lines for people to a terminal, and one JSON object a line to anything else. A log that
 * nobody reads neither fills the memory nor keeps the process from ending.
 *
 * @param descriptor the open file for the JSON lines; 1 is standard output
 */
export function createLogger(level: LogLevel, isTerminal: boolean, descriptor = 1): pino.Logger {
  if (isTerminal) {
    const stream = pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
    return pino({ level }, stream)
  }
  let isExiting = false
  let unreadBytes = 0
  let readAt = 0
  const destination = pino.destination({
    dest: descriptor,
    // A slow reader of the log must not slow the server. The rest is written when the process ends.
    sync: false,
    maxLength: unreadBytesMax,
    // At its end, the process waits as long as the reader keeps reading.
    retryEAGAIN(_error, writingBytes, waitingBytes) {
      if (!isExiting) return true
      const nowUnreadBytes = writingBytes + waitingBytes
      if (nowUnreadBytes !== unreadBytes) readAt = performance.now()
      unreadBytes = nowUnreadBytes
      return performance.now() - readAt < readMs
    },
  })
  const logger = pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, destination)

  let lost = 0
  destination.on('drop', () => lost++)
  destination.on('drain', () => {
    if (lost === 0) return
    logger.warn({ lost }, 'lines of this log were lost, because nothing read the log fast enough')
    lost = 0
  })
  // This listener has to come before pino's own, which would wait for a reader without end.
  process.prependListener('exit', () => {
    isExiting = true
    try {
      destination.flushSync()
    } catch {
      // Nothing reads the log.
    }
    destination.destroy()
  })
  return logger
}
