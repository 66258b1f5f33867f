import type { IncomingMessage } from 'node:http'
import type { Caller } from '../../domain/caller.ts'
import type { operation } from './operation.ts'

/** A call whose token, query and body were checked. A request of Fastify has this form too. */
export interface ApiCall<Params = unknown, Query = unknown, Body = unknown> {
  readonly raw: IncomingMessage
  readonly caller: Caller
  readonly params: Params
  readonly query: Query
  body: Body
}

/** A route that can be mounted in Fastify and in the route table. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly operation: ReturnType<typeof operation>
  /** The status of success. */
  readonly status: number
  /** @returns JSON text; null: an answer without a body */
  readonly handler: (call: ApiCall) => Promise<string | null>
}
