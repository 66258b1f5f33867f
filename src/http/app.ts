import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Millis } from '../domain/time.ts'
import type { FigureShare } from '../figures/figures.ts'
import type { BrowserOptions } from './browsers/browser-options.ts'
import type { TlsIdentity } from './connection/https-server.ts'
import type { EntranceOptions } from './entrance.ts'
import type { AdmissionLimits } from './overload/admission.ts'

/** A Fastify instance whose handlers are typed by their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface MetricsOptions {
  readonly startedAt: Millis
  /** How many threads answer calls. */
  readonly threads: number
  /** The most queues whose counts /metrics tells. */
  readonly queuesMax: number
}

export interface HttpOptions extends EntranceOptions {
  /** Whether calls above the rates of the hosted API get 429 (rule 9.7). */
  readonly rateLimits: 'off' | 'hosted'
  /** Where calls are counted for the rate limits. Threads that serve the same queues share it. */
  readonly rateMemory?: SharedArrayBuffer | undefined
  /** What browsers may do. Default: `defaultBrowserOptions`. */
  readonly browsers?: BrowserOptions | undefined
  /** Where wrong tokens are counted. Threads that serve the same callers share it. */
  readonly wrongTokenMemory?: SharedArrayBuffer | undefined
  /** Where this thread counts its figures. Default: memory that nothing reads. */
  readonly figures?: FigureShare | undefined
  /** What /metrics and the state of the server tell besides. */
  readonly metrics?: MetricsOptions | undefined
  readonly version: string
  /** The certificate and key for HTTPS. Default: plain HTTP. */
  readonly tls?: TlsIdentity | undefined
  /** Whether plain calls of the hot routes skip Fastify. Default: true. Tests compare both ways. */
  readonly hasRouteTable?: boolean | undefined
  /** Limits on what one thread accepts. Tests set low ones to reach them. */
  readonly admission?: AdmissionLimits | undefined
  /** How many streams of events one thread serves. Tests set low ones to reach it. */
  readonly streamsMax?: number | undefined
  /** Milliseconds from any starting point, for short periods. Should never run backwards. */
  now(): number
  /** Milliseconds since 1970, for the end of sign-ins. Default: the system's clock. */
  wallMs?(): Millis
}
