/**
 * The way of a call in: every step between Node and the handler of its route, in its order. What costs least and refuses most comes
 * first. A new step is a line here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { TObject, TSchema } from 'typebox'
import { addGuards, type GuardParts } from './auth/guards.ts'
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
import { asksHow } from './routes/watching.ts'
import { compileBody } from './validation/body-check.ts'
import { refuseMisplacedInput } from './validation/misplaced-input.ts'
import { compileQuery } from './validation/query.ts'

export interface WayToRouterParts {
  readonly connectionEnds: ConnectionEnds
  readonly figures: HttpFigures
  readonly requestLog: RequestLog
  readonly admission: Admission
  /** Null where no other site may call. */
  readonly cors: Cors | null
  readonly browserGuard: BrowserGuard
  /** Whether a token in the address is refused. */
  readonly noQueryToken: boolean
  readonly errorAnswers: ErrorAnswers
}

type Handle = (message: IncomingMessage, response: ServerResponse) => void

/** From Node to the router, which `route` is: what every call has to pass, whatever it is. */
export function wayToRouter(parts: WayToRouterParts, route: Handle): Handle {
  const { connectionEnds, figures, requestLog, admission, cors, browserGuard, noQueryToken, errorAnswers } =
    parts
  return (message, response) => {
    // 1. The context, which all that comes behind it writes to.
    const call = CallContext.begin(message, response)
    // 2. The connection: what comes behind its last call, or too far ahead of its answers, is not even looked at.
    if (!connectionEnds.begin(call)) return
    // 3. Figures, ID and log: a refusal is a call too, is counted, and has its line.
    figures.begin(call)
    requestLog.begin(call)
    // 4. Fastify must not judge the type of a body that is not there.
    forgetTypeOfEmptyBody(message)
    // 5. Admission: the steps behind it are taken now, or in a later turn of the event loop when there are many calls.
    admission.take(() => {
      // 6. A caller that went away while it waited hears of nothing.
      if (message.socket.destroyed) return
      // 7. CORS: its headers go with every answer, refusals included, or the page is not told why.
      cors?.addHeaders(message, response)
      const refusal =
        // 8. Overload: before anything that takes time. Whoever watches the server gets an answer all the same.
        (admission.isRefusing && !asksHow(message) ? admission.refusal() : null) ??
        // 9. Browsers: what a page of another site makes one send is nothing that its user wants, whatever the token says.
        browserGuard.refusalOf(message) ??
        // 10. A token in the address, where none is taken: before it is used.
        (noQueryToken ? refusalOfQueryToken(message.url!) : null) ??
        // 11. `?method=`: the router, the rights and the rate go by the method that it names.
        overrideMethod(message)
      if (refusal !== null) errorAnswers.sendRaw(refusal, response)
      // 12. The router finds the route. `wayBehindRouter` has what comes behind it.
      else route(message, response)
    })
  }
}

export interface WayBehindRouterParts extends GuardParts {
  readonly admission: Admission
}

/**
 * From the router to the handler, for all routes that are added after it. Fastify takes these steps in the order in which they stand
 * here: its hooks `onRequest`, its parser, `preValidation`, its validators, the handler.
 */
export function wayBehindRouter(app: FastifyInstance, { admission, ...guard }: WayBehindRouterParts): void {
  // 13. The guard: token, rights, rate. Before the body, so that nobody makes the server read one without a token.
  addGuards(app, guard)
  // 14. The body: read, bounded, decoded, parsed.
  addBodyParser(app, admission)
  // 15. Input in the wrong place: told before anything is said to be missing in the right one.
  refuseMisplacedInput(app)
  // 16. The query and the body are checked by the schemas of the route.
  app.setValidatorCompiler(({ schema, httpPart }) => {
    if (httpPart === 'querystring') return compileQuery(schema as unknown as TObject)
    if (httpPart === 'body') return compileBody(schema as TSchema)
    // What stands in the path is looked up as it is.
    return () => true
  })
  // 17. The handler, which counts as a call under way from here to its answer: a body may have taken long to come.
  admission.addTo(app)
}
