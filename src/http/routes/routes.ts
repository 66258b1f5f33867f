import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { operation } from '../api/operation.ts'
import type { ApiCall, Route } from '../api/route.ts'
import type { App } from '../app.ts'
import { sendText } from '../call.ts'
import type { RouteTable } from '../table/route-table.ts'

type Handler<Params extends TSchema, Query extends TSchema, Body extends TSchema> = (
  call: ApiCall<Static<Params>, Static<Query>, Static<Body>>,
) => Promise<string | null>

/** Mounts routes. */
export class Routes {
  /** For routes that Fastify alone serves. */
  readonly app: App
  readonly #table: RouteTable | null

  /** @param table null: Fastify serves everything */
  constructor(app: App, table: RouteTable | null) {
    this.app = app
    this.#table = table
  }

  /** Adds a route of the hot path: to Fastify, and to the table, which serves its plain calls. */
  add<Params extends TSchema, Query extends TSchema, Body extends TSchema>(
    [method, path]: readonly [method: Route['method'], path: string],
    operation_: ReturnType<typeof operation<Params, Query, Body>>,
    status: number,
    handler: Handler<Params, Query, Body>,
  ): void {
    const route = { method, path, operation: operation_, status, handler } as unknown as Route
    this.app.route({
      method,
      url: path,
      ...route.operation,
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const text = await route.handler(request)
        reply.code(status)
        return text === null ? reply.send() : sendText(reply, text)
      },
    })
    this.#table?.add(route)
  }
}
