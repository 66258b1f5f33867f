import type { Duplex } from 'node:stream'
import type { Client, ClientBase } from 'pg'
import type { Millis } from '../../../domain/time.ts'

/**
 * How long the database has to confirm the end of a connection. Without an answer the connection is closed
 * anyway.
 */
const closeTimeoutMs: Millis = 1_000

/** Ends the connection, whether the database answers or not. */
export async function endConnection(client: Client): Promise<void> {
  await untilCloseTimeout(client.end())
  destroy(client)
}

/** Resolves when `ended` does, or after the close timeout. */
export async function untilCloseTimeout(ended: Promise<unknown>): Promise<void> {
  const { promise: isOver, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, closeTimeoutMs)
  await Promise.race([ended, isOver]).finally(() => clearTimeout(timer))
}

/** Closes the socket at once, without telling the database. */
export function destroy(client: ClientBase): void {
  const { connection } = client as unknown as { connection: { stream: Duplex } }
  connection.stream.destroy()
}
