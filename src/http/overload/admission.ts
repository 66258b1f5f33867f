import { getHeapStatistics } from 'node:v8'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Logger } from 'pino'
import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import { type CallContext, callOf } from '../call-context.ts'
import { type AnswerBytesMax, AnswerSemaphores } from './answer-size.ts'
import { LoopTurn } from './loop-turn.ts'

/**
 * Calls that one thread performs at a time. On the slowest machine that was measured it performs so many of the slowest
 * ordinary ones, batches of 25, in some two seconds; the clients give up after thirty.
 */
const callsMax = 2000
/** Bodies and lists in memory at a time, where the heap is large. */
const largeBytesMax = 256 * 1024 * 1024
/** A body is in memory as bytes, as text, parsed, and as the text that is stored, here and in the thread that writes. */
const heapPerLargeByte = 12
/** Smaller ones are not counted: a connection costs as much. */
const largeBytesMin = 16 * 1024
/** For taking a large answer: as long as a large body may need to arrive. */
const takenMs: Millis = 300_000
/** Between two lines in the log. */
const tellEveryMs: Millis = 10_000

export interface AdmissionLimits {
  readonly callsMax: number
  readonly largeBytesMax: number
}

/**
 * How much one thread takes upon itself. Beyond that a call is refused with 503 at once, before anything of it is looked at:
 * what was taken on is then answered in a time that has a bound, and memory has one too.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #logger: Logger
  readonly #now: () => number
  #calls = 0
  #bytes = 0
  readonly #turn = new LoopTurn()
  #refused = 0
  #toldAt = Number.NEGATIVE_INFINITY
  readonly #semaphores: AnswerSemaphores

  /** @param now milliseconds from any beginning */
  constructor(logger: Logger, now: () => number, limits: AdmissionLimits = usualLimits()) {
    this.#logger = logger
    this.#now = now
    this.#limits = limits
    this.#semaphores = new AnswerSemaphores(limits.largeBytesMax)
  }

  /** Calls that are being performed. A call whose body is still on its way is none: slow callers keep nobody out. */
  get isBusy(): boolean {
    return this.#calls >= this.#limits.callsMax
  }

  /** Has to be given each call as it is read: performs it at once, or in a later turn of the event loop when there are many. */
  take(perform: () => void): void {
    this.#turn.take(perform)
  }

  /** Whether the call that is to be performed now has to be refused. */
  get isRefusing(): boolean {
    return this.isBusy || this.#turn.isLate
  }

  /**
   * Counts the calls of all routes that are added after it, but for those that say how the server is.
   *
   * @throws Error when a route does not say how long its answers are; it is thrown where the route is added
   */
  addTo(app: FastifyInstance): void {
    app.addHook('onRoute', ({ config, ...route }) => {
      if (config?.answerBytesMax === undefined) {
        throw new Error(`the route ${route.method} ${route.url} has to say its answerBytesMax`)
      }
    })
    app.addHook('onRoute', (route) => {
      const { open, answerBytesMax } = route.config!
      if (!open) route.handler = this.#counted(route.handler, answerBytesMax!)
    })
  }

  /** How long a list of requests may become. */
  get listBytesMax(): number {
    return this.#semaphores.listBytesMax
  }

  /**
   * Makes room for what an answer will have and is not read yet: for the first of these parts, as many as fit, and one at least.
   *
   * @returns how many parts
   * @throws HeadlockError `storeUnavailable` when there is no room for the first one
   */
  holdParts(call: CallContext, partBytes: readonly number[]): number {
    let count = 0
    let bytes = 0
    const before = call.heldBytes ?? 0
    for (const part of partBytes) {
      if (count > 0 && bytes + part > this.listBytesMax) break
      if (!this.hold(call, before + bytes + part)) break
      bytes += part
      count++
    }
    if (count === 0) throw this.refusalForMemory()
    return count
  }

  /** Whether there is room for a body of that length. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= largeBytesMin || this.#bytes + bytes <= this.#limits.largeBytesMax
  }

  /** Whether a body or a list of so many bytes may be there until that answer is sent. What is small is not counted. */
  hold(call: CallContext, bytes: number): boolean {
    const heldBytes = call.heldBytes ?? 0
    if (bytes <= largeBytesMin || bytes <= heldBytes) return true
    if (this.#bytes + bytes - heldBytes > this.#limits.largeBytesMax) return false
    this.#keep(call, bytes)
    return true
  }

  /**
   * Makes room for an answer that became longer than its route says: some characters are six in JSON. What was held for its parts
   * is part of it.
   *
   * @throws HeadlockError `storeUnavailable` when there is none
   */
  holdLonger(call: CallContext, text: string, answerBytesMax: number): void {
    if (text.length <= answerBytesMax || this.hold(call, text.length)) return
    throw this.refusalForMemory()
  }

  /** Who is slow to take it keeps it in memory, but not for ever. */
  #keepAnswer(call: CallContext, text: string): void {
    const { response } = call
    // 'close' does not come again.
    if (response.closed) return
    // What it was made of is gone by now.
    this.#keep(call, Math.max(call.heldBytes ?? 0, text.length))
    const cut = setTimeout(() => response.destroy(), takenMs).unref()
    response.once('close', () => clearTimeout(cut))
  }

  #keep(call: CallContext, bytes: number): void {
    if (call.response.closed) return
    if (call.heldBytes === null) {
      call.heldBytes = 0
      call.response.once('close', () => {
        this.#bytes -= call.heldBytes!
      })
    }
    this.#bytes += bytes - call.heldBytes
    call.heldBytes = bytes
  }

  /** The refusal of one call more, when too many are under way or wait. */
  refusal(): HeadlockError {
    return this.#refusal(
      this.isBusy
        ? `${this.#calls} calls are under way already`
        : 'it waited for half a second behind many others',
    )
  }

  /** The refusal of a call for whose body or list there is no room. */
  refusalForMemory(): HeadlockError {
    return this.#refusal('there is too much in memory already')
  }

  #refusal(problem: string): HeadlockError {
    this.#refused++
    const now = this.#now()
    if (now - this.#toldAt >= tellEveryMs) {
      const underWay = this.#calls
      this.#logger.warn(
        { refused: this.#refused, underWay, heldBytes: this.#bytes },
        'too many calls: some are refused',
      )
      this.#toldAt = now
      this.#refused = 0
    }
    return new HeadlockError('storeUnavailable', { problem })
  }

  #counted(handler: RouteHandlerMethod, answerBytesMax: AnswerBytesMax): RouteHandlerMethod {
    const admission = this
    const semaphore = this.#semaphores.semaphoreFor(answerBytesMax)
    const answerBytes = this.#semaphores.bytesFor(answerBytesMax)
    return function counted(this: FastifyInstance, request: FastifyRequest, reply: FastifyReply): unknown {
      // It was let in when it began, but its body took a while.
      if (admission.isBusy) throw admission.refusal()
      admission.#calls++
      const answer = semaphore
        ? semaphore.run(() => {
            // Its caller went away while others were made. Nobody hears this.
            if (reply.raw.closed)
              throw new HeadlockError('storeUnavailable', { problem: 'the caller is gone' })
            if (admission.#bytes + answerBytes >= admission.#limits.largeBytesMax)
              throw admission.refusalForMemory()
            return handler.call(this, request, reply)
          })
        : (handler.call(this, request, reply) as Promise<unknown>)
      // What is needed of it was taken out of it by now. Parsed, a body of many small values is twenty times as large.
      request.body = undefined
      const left = (text: unknown) => {
        admission.#calls--
        if (typeof text === 'string' && text.length > largeBytesMin)
          admission.#keepAnswer(callOf(request.raw), text)
      }
      answer.then(left, left)
      return answer
    }
  }
}

function usualLimits(): AdmissionLimits {
  const { heap_size_limit: heapBytesMax } = getHeapStatistics()
  return { callsMax, largeBytesMax: Math.min(largeBytesMax, Math.floor(heapBytesMax / heapPerLargeByte)) }
}
