/**
 * Every step that a call takes between Node and the handler of its route, in order. Cheap steps that refuse many calls come first.
 * A new step is a new line here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { TObject, TSchema } from 'typebox'
import { addGuards, type Guard, type GuardParts } from './auth/guards.ts'
import { refusalOfQueryToken } from './auth/query-token.ts'
import { addBodyParser, forgetTypeOfEmptyBody } from './body/body.ts'
import type { BrowserGuard } from './browsers/browser-guard.ts'
import type { Cors } from './browsers/cors.ts'
import { CallContext } from './call-context.ts'
import type { ConnectionEnds } from './connection/connection-ends.ts'
import type { ErrorAnswers } from './errors/errors.ts'
import type { HttpFigures } from './http-figures.ts'
import type { Admission } from './overload/admission.ts'
import type { RequestLog } from './request-log.ts'
import { overrideMethod } from './routes/method-override.ts'
import { isHealthCheck } from './routes/server/health-check.ts'
import type { RouteTable } from './table/route-table.ts'
import { compileBody } from './validation/body-check.ts'
import { refuseMisplacedInput } from './validation/misplaced-input.ts'
import { compileQuery } from './validation/query.ts'
import { refuseUnknownParameters } from './validation/unknown-parameters.ts'

export interface WayToRouterParts {
  readonly connectionEnds: ConnectionEnds
  readonly requestLog: RequestLog
  readonly figures: HttpFigures
  readonly admission: Admission
  /** Null if no other site may call. */
  readonly cors: Cors | null
  readonly browserGuard: BrowserGuard
  /** Whether a token in the URL is refused. */
  readonly noQueryToken: boolean
  readonly errorAnswers: ErrorAnswers
  /** Null: Fastify serves everything. */
  readonly table: RouteTable | null
}

type Handle = (message: IncomingMessage, response: ServerResponse) => void

/** The steps from Node to the router, which is `route`. Every call takes them. */
export function wayToRouter(parts: WayToRouterParts, route: Handle): Handle {
  const { connectionEnds, requestLog, figures, admission, cors, browserGuard } = parts
  const { noQueryToken, errorAnswers, table } = parts
  return (message, response) => {
    // 1. The context. All later steps write to it.
    const call = CallContext.begin(message, response)
    // 2. The connection. A call after the last one that is answered, or too far ahead of the answers, is dropped.
    if (!connectionEnds.begin(call)) return
    // 3. ID and log. Refused calls are logged too. (They are counted at their end, http-figures.ts.)
    requestLog.begin(call)
    // 4. Fastify must not check the content type of an empty body.
    forgetTypeOfEmptyBody(message)
    // 5. Admission. It runs the next steps now, or in a later turn of the event loop if there are many calls.
    admission.take(() => {
      // 6. The caller may have disconnected while the call waited.
      if (message.socket.destroyed) return figures.dropped(call)
      // 7. CORS. Refusals need its headers too, or the browser hides them from the page.
      cors?.addHeaders(message, response)
      const refusal =
        // 8. Overload, before anything that takes time. Health checks are answered even then.
        (admission.isRefusing && !isHealthCheck(message) ? admission.refusal() : null) ??
        // 9. Calls that a page of another site made a browser send. A valid token does not help: the user did not ask.
        browserGuard.refusalOf(message) ??
        // 10. A token in the URL, if the settings refuse it. Checked before the token is used.
        (noQueryToken ? refusalOfQueryToken(message.url!) : null) ??
        // 11. `?method=`. The router, the rights and the rate use the method that it names.
        overrideMethod(message)
      if (refusal !== null) errorAnswers.sendRaw(refusal, response)
      // 12. The route. The table takes plain calls of the hot routes, and the router of Fastify all others. The steps after it are the
      // same: `TableRoute` has them for the table, and `wayToHandler` for Fastify.
      else if (table === null || !table.take(message)) route(message, response)
    })
  }
}

export interface WayToHandlerParts extends GuardParts {
  readonly guard: Guard
  readonly admission: Admission
}

/**
 * The steps from the router to the handler. They apply to routes added after this call. Fastify runs them in the order below:
 * `onRequest` hooks, parser, `preValidation` hooks, validators, handler.
 */
export function wayToHandler(
  app: FastifyInstance,
  { admission, guard, ...guardParts }: WayToHandlerParts,
): void {
  // 13. The guard: token, rights, rate. It comes before the body, so that the server reads no body without a token.
  addGuards(app, guard, guardParts)
  // 14. The body is read within its limits, decoded and parsed.
  addBodyParser(app, admission)
  // 15. Input in the wrong place. Refused first, or the refusal would only say that something is missing in the right place.
  refuseMisplacedInput(app)
  // 16. Parameters that a call of /headlock/v1 does not take.
  refuseUnknownParameters(app)
  // 17. The schemas of the route check the query and the body.
  app.setValidatorCompiler(({ schema, httpPart }) => {
    if (httpPart === 'querystring') return compileQuery(schema as unknown as TObject)
    if (httpPart === 'body') return compileBody(schema as TSchema)
    // Path parameters are not checked. A wrong one is simply not found.
    return () => true
  })
  // Answers are what their handlers make. The schemas of answers are for the API description and the tests: to compile them
  // would take most of the time in which a server starts.
  app.setSerializerCompiler(() => JSON.stringify)
  // 18. The handler. Only from here to its answer the call counts as under way, since its body may have arrived slowly.
  admission.addTo(app)
}
