import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Millis } from '../domain/time.ts'
import type { FigureShare } from '../figures/figures.ts'
import type { BrowserOptions } from './browsers/browser-options.ts'
import type { TlsIdentity } from './connection/https-server.ts'
import type { EntranceOptions } from './entrance.ts'
import type { AdmissionLimits } from './overload/admission.ts'

/** A Fastify whose handlers get the types of their schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface HttpOptions extends EntranceOptions {
  /** Whether 429 is answered at the rates of the hosted API (rule 9.7). */
  readonly rateLimits: 'off' | 'hosted'
  /** Where calls are counted for the rate limits, when other threads serve the same queues. */
  readonly rateMemory?: SharedArrayBuffer | undefined
  /** What browsers may do; left out: what `plainBrowserOptions` says. */
  readonly browsers?: BrowserOptions | undefined
  /** Where wrong tokens are counted, when other threads serve the same callers. */
  readonly wrongTokenMemory?: SharedArrayBuffer | undefined
  /** Where this thread counts; left out: nobody reads it. */
  readonly figures?: FigureShare | undefined
  readonly version: string
  /** The server speaks HTTPS with it; left out: HTTP. */
  readonly tls?: TlsIdentity | undefined
  /** How much one thread takes upon itself, where a test wants to see the end of it. */
  readonly admission?: AdmissionLimits | undefined
  /** Milliseconds from any beginning, for what is remembered for a second. Best one that never goes back. */
  now(): number
  /** Milliseconds since 1970, for what ends at a time; left out: the system's. */
  wallMs?(): Millis
}
