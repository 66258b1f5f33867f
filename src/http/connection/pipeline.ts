import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionState } from './connection-state.ts'
import { CallParser } from './node-internals.ts'

/**
 * Bounds the unanswered calls on one connection. The official clients wait for each answer, and load generators send about ten calls
 * ahead. One packet can hold thousands of calls, and the objects that Node makes of a call are a hundred times as large.
 */
export const pipelinedMax = 32

/**
 * Counts a call. Has to be called before the call becomes the latest one of its connection.
 *
 * @returns whether more than 32 calls wait for their answers now, including this one
 */
export function isTooFarAhead(connection: ConnectionState, response: ServerResponse): boolean {
  const latest = connection.latestCall?.response
  if (latest === undefined || latest.writableFinished) {
    connection.unanswered = null
    return false
  }
  connection.unanswered ??= [latest]
  while (connection.unanswered[0]?.writableFinished) connection.unanswered.shift()
  return connection.unanswered.push(response) > pipelinedMax
}

/**
 * Stops parsing what arrives, beginning with the rest of this packet. Parsing thousands of calls only to drop them would take long
 * and use a gigabyte. If a later Node.js does not support this, the calls are still dropped.
 */
export function stopReading(socket: Socket): void {
  CallParser.of(socket)?.stop()
}
