import type { IncomingMessage, Server } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyInstance, fastify } from 'fastify'
import type { Logger } from 'pino'
import type { Millis } from '../domain/time.ts'
import { figureMemory } from '../figures/figures.ts'
import type { Store } from '../store/store.ts'
import { insightSchemas } from './api/insight-schema.ts'
import { Job } from './api/job-schema.ts'
import { addOpenApi } from './api/openapi.ts'
import { Policy, PolicyState } from './api/policy-schema.ts'
import { Request } from './api/request-schema.ts'
import { sharedSchemas } from './api/schemas.ts'
import type { App, HttpOptions } from './app.ts'
import { isConsoleCall } from './auth/console-call.ts'
import { Guard } from './auth/guards.ts'
import { SignIns } from './auth/sign-in.ts'
import { Tokens } from './auth/tokens.ts'
import { WrongTokenTable } from './auth/wrong-token-table.ts'
import { WrongTokens } from './auth/wrong-tokens.ts'
import { BrowserGuard } from './browsers/browser-guard.ts'
import { defaultBrowserOptions } from './browsers/browser-options.ts'
import { Cors } from './browsers/cors.ts'
import { callOf } from './call-context.ts'
import { ConnectionEnds } from './connection/connection-ends.ts'
import { HttpServer } from './connection/http-server.ts'
import { HttpsServer, type TlsIdentity } from './connection/https-server.ts'
import { ConsolePages } from './console/console-pages.ts'
import { Entrance } from './entrance.ts'
import { ErrorAnswers } from './errors/errors.ts'
import { addNotFound } from './errors/not-found.ts'
import { HttpFigures } from './http-figures.ts'
import { Admission } from './overload/admission.ts'
import { addDocsPage } from './pages/docs-page.ts'
import { PageRoutes, signedIn } from './pages/page-route.ts'
import { addQueuePage } from './pages/queue-page.ts'
import { HostedRateLimits, unlimited } from './rate-limit/rate-limits.ts'
import { RateTable } from './rate-limit/rate-table.ts'
import { RequestLog } from './request-log.ts'
import { RouteNumbers } from './route-numbers.ts'
import { addAllRoutes } from './routes/all-routes.ts'
import { EventStreams } from './streams/event-streams.ts'
import { RouteTable } from './table/route-table.ts'
import { Waiting } from './waiting/waiting.ts'
import { wayToHandler, wayToRouter } from './way-in.ts'

export interface HttpParts {
  readonly store: Store
  readonly options: HttpOptions
  readonly logger: Logger
}

/**
 * How long a connection may be idle. Load balancers usually close it after 60 seconds, so they close it first. If
 * the server did, a call could be on its way and get lost.
 */
const keepAliveMs: Millis = 75_000
/** How long a whole call may take to arrive. The largest body needs less than that at 300 kbit/s. */
const requestTimeoutMs: Millis = 300_000
/** Longer than any path that Node accepts. No ID is too long for the router, so the store decides which IDs exist. */
const pathParameterLengthMax = 100_000

/** Builds the server with all its routes. It does not listen yet. Production and tests use the same server. */
export async function buildServer({ store, options, logger }: HttpParts): Promise<FastifyInstance> {
  const rateLimits =
    options.rateLimits === 'off'
      ? unlimited
      : new HostedRateLimits(store, options.now, new RateTable(options.rateMemory))
  const errorAnswers = new ErrorAnswers(logger, rateLimits)
  const connectionEnds = new ConnectionEnds(rateLimits)
  const admission = new Admission(logger, options.now, options.admission)
  const share = options.figures ?? { memory: figureMemory(1), thread: 0 }
  const figures = new HttpFigures(share)
  const requestLog = new RequestLog(logger, options.now)
  const entrance = new Entrance(options)
  const browsers = options.browsers ?? defaultBrowserOptions()
  const cors = browsers.corsOrigins === null ? null : new Cors(browsers.corsOrigins)
  const browserGuard = new BrowserGuard(browsers.hosts, cors, entrance)
  const tokens = new Tokens(store, options.now)
  const signIns = new SignIns(browsers.signInKey, options.wallMs ?? Date.now)
  const wrongTokens = new WrongTokens({
    table: new WrongTokenTable(options.wrongTokenMemory),
    entrance,
    logger,
    now: options.now,
  })
  const routeNumbers = new RouteNumbers()
  const byCookie = signedIn(signIns, store)
  const guardParts = {
    tokens,
    wrongTokens,
    rateLimits,
    signedIn: byCookie,
    consoleSignedIn: (call: Parameters<typeof byCookie>[0]) =>
      isConsoleCall(call.raw, entrance) ? byCookie(call) : null,
    routeNumbers,
  }
  const guard = new Guard(guardParts)
  const hasTable = options.hasRouteTable ?? true
  const table = hasTable ? new RouteTable({ guard, rateLimits, admission, errorAnswers, routeNumbers }) : null

  const app = fastify({
    // Fastify would create a logger for each call. request-log.ts is cheaper.
    logger: false,
    genReqId: (message) => callOf(message as IncomingMessage).id,
    exposeHeadRoutes: false,
    // Calls that arrive while the server closes are still performed.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: pathParameterLengthMax },
    frameworkErrors: (error, request, reply) => {
      errorAnswers.send(error, request, reply)
    },
    clientErrorHandler: (error, socket) => connectionEnds.refuse(error, socket),
    serverFactory: (handle) => {
      const serverOptions = {
        keepAliveTimeout: keepAliveMs,
        requestTimeout: requestTimeoutMs,
        requireHostHeader: false,
        // Node then creates no stream for a call without a body.
        optimizeEmptyRequests: true,
        ServerResponse: figures.responseClass,
      }
      const serve = wayToRouter(
        {
          connectionEnds,
          requestLog,
          figures,
          admission,
          cors,
          browserGuard,
          noQueryToken: browsers.noQueryToken,
          errorAnswers,
          table,
        },
        handle,
      )
      // Node would answer an unknown `Expect` header itself, and not in JSON. Such calls are performed instead.
      const server =
        options.tls === undefined
          ? new HttpServer(serverOptions, connectionEnds)
          : new HttpsServer(serverOptions, options.tls, connectionEnds)
      return server.on('request', serve).on('checkExpectation', serve) as Server
    },
  })

  errorAnswers.addTo(app)
  app.addHook('preClose', (done) => {
    table?.close()
    done()
  })
  wayToHandler(app, { ...guardParts, guard, admission })
  addNotFound(app, rateLimits)
  for (const schema of [...sharedSchemas, Request, Policy, PolicyState, Job, ...insightSchemas])
    app.addSchema(schema)
  const openApi = await addOpenApi(app, options)

  const typed: App = app.withTypeProvider<TypeBoxTypeProvider>()
  const waiting = new Waiting(store, admission, options.now, options.wallMs ?? Date.now)
  // Answers them before the server waits for the calls under way.
  app.addHook('preClose', async () => waiting.stop())
  const streams = new EventStreams({
    wallMs: options.wallMs ?? Date.now,
    isStillAllowed: (request) => guard.isStillAllowed(request),
    streamsMax: options.streamsMax,
  })
  app.addHook('preClose', async () => streams.stop())
  addAllRoutes(typed, table, {
    store,
    entrance,
    admission,
    logger,
    waiting,
    streams,
    session: { signIns, tokens, wrongTokens, entrance },
    metrics: { store, options, share, routes: routeNumbers.routes },
  })
  const pages = new PageRoutes(typed, signIns, tokens, wrongTokens, entrance)
  addDocsPage(pages, openApi, entrance)
  const consolePages = new ConsolePages()
  consolePages.addTo(typed)
  addQueuePage(pages, store, consolePages)
  await app.ready()
  return app
}

/** Uses another certificate and key for new connections. Does nothing if the server speaks plain HTTP. */
export function renewTls({ server }: FastifyInstance, identity: TlsIdentity): void {
  if ((server as unknown) instanceof HttpsServer) (server as unknown as HttpsServer).renew(identity)
}
