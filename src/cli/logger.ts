import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { LogLevel } from '../app/config.ts'

/** Lines for people on a terminal, one JSON object a line for programs elsewhere, both on standard output. */
export function createLogger(level: LogLevel, isTerminal: boolean): pino.Logger {
  if (isTerminal) {
    const stream = pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
    return pino({ level }, stream)
  }
  // Not `sync`: a slow reader of the log must not slow the server. What is left is written when the process ends.
  const destination = pino.destination({ dest: 1, sync: false })
  return pino({ level, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}
