import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionState } from './connection-state.ts'
import { CallParser } from './node-internals.ts'

/**
 * Calls on one connection that are not answered yet. The official clients send the next one after the answer, tools that measure
 * send some ten ahead. One packet can have thousands of them, and what Node makes of each is a hundred times as large.
 */
export const pipelinedMax = 32

/**
 * Counts a call by its answer; has to be told of each before it becomes the latest one of its connection.
 *
 * @returns whether more than 32 wait for their answers now, this one counted
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
 * Makes nothing any more of what comes on it, beginning with the rest of this packet. To look at thousands of calls only to drop
 * them takes long, and a gigabyte. Should a later Node.js not know this way, they are dropped all the same.
 */
export function stopReading(socket: Socket): void {
  CallParser.of(socket)?.stop()
}
