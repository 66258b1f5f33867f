import { pageLengthMax } from '../../store/request-page.ts'
import { Semaphore } from './semaphore.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * How long the longest answer of the route is. Every route has to say it; where it does not, the server does not start. What
     * a handler asks `Admission` for room for, before it reads it, is not counted in.
     */
    readonly answerBytesMax?: AnswerBytesMax
  }
}

/** In bytes, whatever is stored; or about as much as the body of the call, which is counted already. */
export type AnswerBytesMax = number | 'as its body'

/** Calls with short answers are bounded by their number alone. */
export const shortAnswerBytesMax = 65_536
/** A thousand queues. */
export const queueListBytesMax = 2 * 1024 * 1024
/** `headLengthMax`, and what else is shown of a thousand requests. */
export const headBytesMax = 5 * 1024 * 1024
/** A page for people. */
export const pageBytesMax = 1024 * 1024
/** A page of a list of requests; where the heap is small, as much as `AnswerSemaphores.listBytesMax`. */
export const requestListBytesMax: number = pageLengthMax

/** So many calls with long answers of one kind are performed at a time at the most: more would not be done any sooner. */
const atATimeMax = 32

/**
 * Bounds how many calls with long answers are performed at a time: one semaphore for each length of answer. So all answers that are
 * being made fit into what may be in memory at a time.
 */
export class AnswerSemaphores {
  /** How long a list of requests may become: there is room for two. */
  readonly listBytesMax: number
  readonly #bytesMax: number
  readonly #semaphores = new Map<number, Semaphore>()

  /** @param bytesMax how much of what is large may be in memory */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
    this.listBytesMax = Math.min(pageLengthMax, Math.floor(bytesMax / 2))
  }

  /** What an answer of that kind may take, at the most. */
  bytesFor(answerBytesMax: AnswerBytesMax): number {
    return answerBytesMax === 'as its body' ? 0 : Math.min(answerBytesMax, this.listBytesMax)
  }

  /** The semaphore of calls with such answers; null where their number is bounded by nothing but `callsMax`. */
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
