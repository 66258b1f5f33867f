import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogLevel } from '../app/config/config.ts'
import type { Millis } from '../domain/time.ts'

/** Lines that nobody has read yet. What comes when there is so much is lost; the reader is told how many lines were. */
const unreadBytesMax = 4 * 1024 * 1024
/** At the end, for a reader to take something more of it. */
const readMs: Millis = 2_000

/**
 * Lines for people on a terminal, one JSON object a line for programs elsewhere, both on standard output. Nobody has to read it:
 * a log that is not read neither fills the memory nor keeps the process from ending.
 *
 * @param descriptor the open file that lines for programs go to; 1 is standard output
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
    // A slow reader of the log must not slow the server. What is left is written when the process ends.
    sync: false,
    maxLength: unreadBytesMax,
    // While the process ends, it waits for a reader as long as there is one.
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
    logger.warn({ lost }, 'lines of this log were lost, because nobody read it for a while')
    lost = 0
  })
  // Before pino's own listener, which would wait for a reader for ever.
  process.prependListener('exit', () => {
    isExiting = true
    try {
      destination.flushSync()
    } catch {
      // Nobody reads it.
    }
    destination.destroy()
  })
  return logger
}
