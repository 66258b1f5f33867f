/** What routes read from a call, and how they answer with JSON text. */
import type { FastifyReply } from 'fastify'
import { type Caller, tokenAllows } from '../domain/caller.ts'
import { randomId } from '../domain/identity.ts'
import type { Client } from '../domain/lifecycle.ts'
import type { Side } from '../domain/order.ts'
import { type Millis, millisOf } from '../domain/time.ts'
import type { QueueParams } from '../store/params/queues.ts'
import { queueAddress } from './api/queue-address.ts'
import { jsonType } from './errors/errors.ts'

interface QueueCall {
  readonly caller: Caller
  readonly params: { readonly queueId: string }
}

interface ClientCall {
  readonly caller: Caller
  readonly query: { readonly clientKey?: string | undefined }
}

export function queueParams({ caller, params }: QueueCall): QueueParams {
  return { userId: caller.userId, queue: queueAddress(params.queueId) }
}

/** A call without a client key is a new client of its own (section 1 of the rules). */
export function clientOf({ caller, query }: ClientCall): Client {
  return { clientKey: query.clientKey ?? randomId(), runId: caller.runId }
}

/** The client of a call that only reads. Null for a read-only token: its owner does not work on the queue and is not recorded. */
export function readingClientOf(call: ClientCall): Client | null {
  return tokenAllows(call.caller, 'write') ? clientOf(call) : null
}

export function toSide(forefront: boolean | undefined): Side {
  return forefront === true ? 'forefront' : 'end'
}

/** A lock lasts at least a millisecond. */
export function toLockMs(lockSecs: number): Millis {
  return Math.max(1, millisOf(lockSecs))
}

/** Answers with text that is already JSON. */
export function sendText(reply: FastifyReply, text: string): string {
  reply.type(jsonType)
  return text
}
