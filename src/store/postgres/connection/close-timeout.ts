import type { Duplex } from 'node:stream'
import type { Client, ClientBase } from 'pg'
import type { Millis } from '../../../domain/time.ts'

/** So long the database has to confirm that connections end. */
const goodbyeMs: Millis = 1_000

/** Ends the connection, whether the database answers or not. */
export async function endConnection(client: Client): Promise<void> {
  await beforeGoodbyeIsOver(client.end())
  cut(client)
}

/** Resolves with it, or when nobody waits for the database any more. */
export async function beforeGoodbyeIsOver(ended: Promise<unknown>): Promise<void> {
  const { promise: isOver, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, goodbyeMs)
  await Promise.race([ended, isOver]).finally(() => clearTimeout(timer))
}

/** At once, without a word to the database. */
export function cut(client: ClientBase): void {
  const { connection } = client as unknown as { connection: { stream: Duplex } }
  connection.stream.destroy()
}
