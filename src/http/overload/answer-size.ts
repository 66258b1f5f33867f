import { policyLimits } from '../../domain/policy/limits.ts'
import { pageLengthMax } from '../../store/request-page.ts'
import { Semaphore } from './semaphore.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * How long the longest answer of the route is. Every route has to say this, or the server does not start. It excludes what the
     * handler reserves with `Admission` before it reads it.
     */
    readonly answerBytesMax?: AnswerBytesMax
  }
}

/** A number of bytes; or `as its body`: about as long as the body of the call, which is already counted. */
export type AnswerBytesMax = number | 'as its body'

/** Answers up to this length do not need a semaphore. `callsMax` bounds their number. */
export const shortAnswerBytesMax = 65_536
/** Enough for a thousand queues. */
export const queueListBytesMax = 2 * 1024 * 1024
/** `headLengthMax`, plus the other fields of a thousand requests. */
export const headBytesMax = 5 * 1024 * 1024
/** The longest policy, and what is around it. */
export const policyBytesMax: number = policyLimits.documentBytesMax + 1024
/** Eight numbers for each step of a week. */
export const figuresBytesMax = 512 * 1024
/** 25 requests of a head, 100 clients and 100 hosts. */
export const explanationBytesMax: number = 256 * 1024
/** /metrics with a thousand queues, and with calls of every route and class of status. */
export const metricsBytesMax = 2 * 1024 * 1024
/** A hundred queues with their titles and an hour of figures. */
export const overviewListBytesMax = 256 * 1024
/** A thousand texts of 200 characters, escaped. */
export const failuresBytesMax: number = 1536 * 1024
/** A thousand clients. */
export const clientsBytesMax: number = 1024 * 1024
/** A thousand hosts. */
export const hostsBytesMax: number = 1024 * 1024
/** An HTML page. */
export const pageBytesMax = 1024 * 1024
/** A page of a list of requests. With a small heap, `AnswerSemaphores.listBytesMax` is the bound. */
export const requestListBytesMax: number = pageLengthMax

/** Bounds the calls with long answers of one kind that run at a time. More at a time would not finish sooner. */
const atATimeMax = 32

/**
 * Bounds how many calls with long answers run at a time, so that all their answers fit into memory. There is one semaphore for each
 * length of answer.
 */
export class AnswerSemaphores {
  /** Bounds the length of a list of requests, so that there is room for two lists. */
  readonly listBytesMax: number
  readonly #bytesMax: number
  readonly #semaphores = new Map<number, Semaphore>()

  /** @param bytesMax bounds the large bodies and answers in memory */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
    this.listBytesMax = Math.min(pageLengthMax, Math.floor(bytesMax / 2))
  }

  /** The length of the longest answer of this kind. */
  bytesFor(answerBytesMax: AnswerBytesMax): number {
    return answerBytesMax === 'as its body' ? 0 : Math.min(answerBytesMax, this.listBytesMax)
  }

  /** The semaphore for calls with such answers. Null if only `callsMax` bounds their number. */
  semaphoreFor(answerBytesMax: AnswerBytesMax): Semaphore | null {
    if (answerBytesMax === 'as its body' || answerBytesMax <= shortAnswerBytesMax) return null
    let semaphore = this.#semaphores.get(answerBytesMax)
    if (semaphore === undefined) {
      const bytes = Math.max(1, this.bytesFor(answerBytesMax))
      semaphore = new Semaphore(Math.min(atATimeMax, Math.max(1, Math.floor(this.#bytesMax / bytes))))
      this.#semaphores.set(answerBytesMax, semaphore)
    }
    return semaphore
  }
}
