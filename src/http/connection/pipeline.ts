import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

declare module 'node:net' {
  interface Socket {
    /** Answers that are still to come, oldest first, where a call came before the one before it was answered. */
    pipelined?: ServerResponse[]
    /** What Node reads calls with. It is not documented. */
    parser?: { onIncoming: () => number } | null
  }
}

/**
 * Calls on one connection that are not answered yet. The official clients send the next one after the answer, tools that measure
 * send some ten ahead. One packet can have thousands of them, and what Node makes of each is a hundred times as large.
 */
export const pipelinedMax = 32

/**
 * Counts a call by its answer; has to be told of each.
 *
 * @param latest the answer to the call that came before it on this connection
 * @returns whether more than 32 wait for their answers now, this one counted
 */
export function isTooFarAhead(
  socket: Socket,
  latest: ServerResponse | undefined,
  response: ServerResponse,
): boolean {
  if (latest === undefined || latest.writableFinished) {
    if (socket.pipelined !== undefined) delete socket.pipelined
    return false
  }
  socket.pipelined ??= [latest]
  while (socket.pipelined[0]?.writableFinished) socket.pipelined.shift()
  return socket.pipelined.push(response) > pipelinedMax
}

/**
 * Makes nothing any more of what comes on it, beginning with the rest of this packet. To look at thousands of calls only to drop
 * them takes long, and a gigabyte. Should a later Node.js not know this way, they are dropped all the same.
 */
export function stopReading({ parser }: Socket): void {
  // For the parser it is an error, which Node reports as that of the caller.
  if (parser) parser.onIncoming = () => -1
}
