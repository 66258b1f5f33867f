import type { IncomingMessage } from 'node:http'
import { getHeapStatistics } from 'node:v8'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { HeadlockError } from '../../domain/errors.ts'
import type { Millis } from '../../domain/time.ts'
import { type CallContext, callOf } from '../call-context.ts'
import { type AnswerBytesMax, AnswerSemaphores } from './answer-size.ts'
import { LoopTurn } from './loop-turn.ts'

/**
 * How many calls one thread performs at a time. The slowest ordinary calls are batches of 25. The slowest machine that was measured
 * performs 2000 of them in about two seconds. Clients give up after thirty seconds.
 */
const callsMax = 2000
/** Bounds the bodies and lists in memory. With a small heap the bound is lower. */
const largeBytesMax = 256 * 1024 * 1024
/** Heap for each byte of a body. It exists as bytes, as text, parsed, and as stored text, here and in the storage thread. */
const heapPerLargeByte = 12
/** Smaller bodies and lists are not counted. An open connection takes as much memory. */
const largeBytesMin = 16 * 1024
/** How long a caller may take to read a large answer: as long as a large body may take to arrive. */
const answerReadMsMax: Millis = 300_000
/** The time between two lines in the log. */
const logEveryMs: Millis = 10_000

export interface AdmissionLimits {
  readonly callsMax: number
  readonly largeBytesMax: number
}

/** A call that is counted. Its body is forgotten as soon as the handler has read it. */
export interface CountedCall {
  readonly raw: IncomingMessage
  body: unknown
}

/**
 * Limits how much work one thread accepts. Above the limit, a call is refused with 503 before any work is done for it. This
 * bounds the memory, and the time in which accepted calls are answered.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #logger: Logger
  readonly #now: () => number
  #calls = 0
  #bytes = 0
  readonly #turn = new LoopTurn()
  #refused = 0
  #loggedAt = Number.NEGATIVE_INFINITY
  readonly #semaphores: AnswerSemaphores

  /** @param now milliseconds from any starting point */
  constructor(logger: Logger, now: () => number, limits: AdmissionLimits = usualLimits()) {
    this.#logger = logger
    this.#now = now
    this.#limits = limits
    this.#semaphores = new AnswerSemaphores(limits.largeBytesMax)
  }

  /** Whether the limit of calls is reached. A call whose body is still arriving does not count, so slow callers block nobody. */
  get isBusy(): boolean {
    return this.#calls >= this.#limits.callsMax
  }

  /** Pass each call as soon as it is read. Performs it at once, or in a later turn of the event loop if there are many. */
  take(perform: () => void): void {
    this.#turn.take(perform)
  }

  /** Whether to refuse the call that is about to be performed. */
  get isRefusing(): boolean {
    return this.isBusy || this.#turn.isLate
  }

  /**
   * Counts the calls of all routes that are added later, except open routes such as health checks.
   *
   * @throws Error from adding a route that does not say how long its answers are
   */
  addTo(app: FastifyInstance): void {
    app.addHook('onRoute', ({ config, ...route }) => {
      if (config?.answerBytesMax === undefined) {
        throw new Error(`the route ${route.method} ${route.url} has to say its answerBytesMax`)
      }
    })
    app.addHook('onRoute', (route) => {
      const { open, answerBytesMax } = route.config!
      if (open) return
      const counted = this.counted<FastifyRequest, FastifyReply>(route.handler.bind(app), answerBytesMax!)
      route.handler = (request, reply) => counted(request, reply)
    })
  }

  /** Bounds the length of a list of requests. */
  get listBytesMax(): number {
    return this.#semaphores.listBytesMax
  }

  /**
   * Reserves memory for parts of an answer before they are read: for the first parts, as many as fit, and at least one.
   *
   * @returns for how many parts memory was reserved
   * @throws HeadlockError `storeUnavailable` if there is no room for the first part
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

  /** Whether there is room for a body of this length. */
  hasRoomFor(bytes: number): boolean {
    return bytes <= largeBytesMin || this.#bytes + bytes <= this.#limits.largeBytesMax
  }

  /** Reserves so much memory for a call until its answer is sent. Returns false if there is no room. Small amounts are not counted. */
  hold(call: CallContext, bytes: number): boolean {
    const heldBytes = call.heldBytes ?? 0
    if (bytes <= largeBytesMin || bytes <= heldBytes) return true
    if (this.#bytes + bytes - heldBytes > this.#limits.largeBytesMax) return false
    this.#keep(call, bytes)
    return true
  }

  /**
   * Reserves memory for an answer that is longer than its route says, because JSON writes some characters as six. This includes the
   * memory that was reserved for its parts.
   *
   * @throws HeadlockError `storeUnavailable` if there is no room
   */
  holdLonger(call: CallContext, text: string, answerBytesMax: number): void {
    if (text.length <= answerBytesMax || this.hold(call, text.length)) return
    throw this.refusalForMemory()
  }

  /** Counts the answer until the caller has read it. Cuts a caller that takes too long. */
  #keepAnswer(call: CallContext, text: string): void {
    const { response } = call
    // The event 'close' has already been emitted.
    if (response.closed) return
    // The parts of the answer are no longer in memory, so only the larger of the two counts.
    this.#keep(call, Math.max(call.heldBytes ?? 0, text.length))
    const cut = setTimeout(() => response.destroy(), answerReadMsMax).unref()
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

  /** The refusal of a call because too many are under way or waiting. */
  refusal(): HeadlockError {
    return this.#refusal(
      this.isBusy
        ? `${this.#calls} calls are under way already`
        : 'it waited for half a second behind many others',
    )
  }

  /** The refusal of a call because there is no room for its body or list. */
  refusalForMemory(): HeadlockError {
    return this.#refusal('there is too much in memory already')
  }

  #refusal(problem: string): HeadlockError {
    this.#refused++
    const now = this.#now()
    if (now - this.#loggedAt >= logEveryMs) {
      const underWay = this.#calls
      this.#logger.warn(
        { refused: this.#refused, underWay, heldBytes: this.#bytes },
        'too many calls: some are refused',
      )
      this.#loggedAt = now
      this.#refused = 0
    }
    return new HeadlockError('storeUnavailable', { problem })
  }

  /** Runs a part of a call in which it only waits. It does not count as under way meanwhile, and is not refused afterwards. */
  async aside<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.#calls--
    try {
      return await wait()
    } finally {
      this.#calls++
    }
  }

  /**
   * Makes a handler count its calls from their beginning to their answer.
   *
   * @param answerBytesMax how long its longest answer is
   * @throws HeadlockError from the handler, at once, if the thread is busy
   */
  counted<Call extends CountedCall, Reply>(
    handler: (call: Call, reply: Reply) => unknown,
    answerBytesMax: AnswerBytesMax,
  ): (call: Call, reply: Reply) => Promise<unknown> {
    const semaphore = this.#semaphores.semaphoreFor(answerBytesMax)
    const answerBytes = this.#semaphores.bytesFor(answerBytesMax)
    return (call, reply) => {
      // The thread may have become busy while the body arrived.
      if (this.isBusy) throw this.refusal()
      this.#calls++
      const answer = semaphore
        ? semaphore.run(() => {
            // The caller disconnected while the call waited for the semaphore. Nobody receives this refusal.
            if (callOf(call.raw).response.closed)
              throw new HeadlockError('storeUnavailable', { problem: 'the caller is gone' })
            if (this.#bytes + answerBytes >= this.#limits.largeBytesMax) throw this.refusalForMemory()
            return handler(call, reply)
          })
        : (handler(call, reply) as Promise<unknown>)
      // The handler has already read the body. Freed early, because a body of many small values is twenty times as large when parsed.
      call.body = undefined
      const finish = (text: unknown) => {
        this.#calls--
        if (typeof text === 'string' && text.length > largeBytesMin) this.#keepAnswer(callOf(call.raw), text)
      }
      answer.then(finish, finish)
      return answer
    }
  }
}

function usualLimits(): AdmissionLimits {
  const { heap_size_limit: heapBytesMax } = getHeapStatistics()
  return { callsMax, largeBytesMax: Math.min(largeBytesMax, Math.floor(heapBytesMax / heapPerLargeByte)) }
}
