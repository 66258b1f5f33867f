/** Sends the calls, pipelined and in pieces, and checks every answer. */
import { Random } from '../random.ts'
import { type Answer, InvalidHttp } from './answer-reader.ts'
import { type BrokenCall, brokenCall } from './broken.ts'
import type { Call, CallMaker } from './calls.ts'
import type { Judge } from './judge.ts'
import { LateAnswer, RawConnection } from './raw-connection.ts'
import { shrink } from './shrink.ts'
import { chance } from './values.ts'

export interface FuzzedServer {
  readonly port: number
  readonly token: string
}

/** Upper bound on the calls that one connection sends without waiting for answers. */
const pipelineMax = 12
/** Upper bound on the pipelines of one connection. */
const roundsPerConnectionMax = 8
/**
 * Bounds the wait for an answer and for the end of a connection. It is much longer than either takes, even on
 * a busy machine.
 */
const timeoutMs = 20_000
const shownBytesMax = 1500

export class Fuzzer {
  readonly #server: FuzzedServer
  readonly #maker: CallMaker
  readonly #judge: Judge
  readonly #random: Random
  readonly #violated: (what: string) => void
  /**
   * Calls that were judged, including broken ones. Calls right before a reset do not count, because they may
   * not have arrived.
   */
  callCount = 0
  /** Calls that were answered with success. */
  acknowledgedCount = 0
  readonly statuses = new Map<number, number>()

  constructor(
    server: FuzzedServer,
    maker: CallMaker,
    judge: Judge,
    seed: number,
    violated: (what: string) => void,
  ) {
    this.#server = server
    this.#maker = maker
    this.#judge = judge
    this.#random = new Random(seed)
    this.#violated = violated
  }

  /** Uses one connection after the other. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#useLine(isOver)
  }

  async #useLine(isOver: () => boolean): Promise<void> {
    const connection = new RawConnection(this.#server.port)
    try {
      for (let round = this.#random.between(1, roundsPerConnectionMax); round > 0 && !isOver(); round--) {
        const goesOn = await this.#round(connection, round === 1)
        if (!goesOn) break
      }
    } finally {
      connection.close()
    }
  }

  /**
   * Sends valid calls, often followed by a broken one at the end of a connection. Returns whether another
   * round may follow.
   */
  async #round(connection: RawConnection, isLast: boolean): Promise<boolean> {
    const random = this.#random
    const calls = Array.from({ length: random.between(1, pipelineMax) }, () =>
      chance(random, 0.15) ? this.#maker.mark() : this.#maker.call(random),
    )
    const broken = isLast && chance(random, 0.6) ? brokenCall(random, this.#withBody()) : null
    // The broken call must not replace the answer to the call before it.
    if (broken !== null) calls.push(this.#maker.mark())
    const bytes = Buffer.concat(calls.map((call) => call.bytes))
    if (broken !== null) await connection.sendInPieces([bytes, ...broken.pieces])
    else if (chance(random, 0.1)) await connection.sendInPieces(pieces(random, bytes))
    else connection.send(bytes)
    if (broken?.after === 'reset') {
      await connection.opened
      connection.reset()
      return false
    }
    return (
      (await this.#readAnswers(connection, calls)) &&
      (broken === null || (await this.#readEnd(connection, calls, broken)))
    )
  }

  /** Reads the answers to the calls. Returns whether the connection can be used further. */
  async #readAnswers(connection: RawConnection, calls: readonly Call[]): Promise<boolean> {
    for (const [index, call] of calls.entries()) {
      let answer: Answer | null
      try {
        answer = await connection.answer(call.method, timeoutMs)
      } catch (error) {
        return this.#fault(calls, index, faultOf(error, connection))
      }
      if (answer === null) return this.#fault(calls, index, `the connection was closed ${unread(connection)}`)
      this.callCount++
      this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1)
      if (answer.status < 300) this.acknowledgedCount++
      const problem = this.#judge.ofCall(call, answer)
      if (problem !== null) return this.#fault(calls, index, problem)
      // The server does not perform the calls after this one, and its answer said so.
      if (answer.closes || isLastByItself(call)) {
        if (!mayClose(answer, call))
          return this.#fault(calls, index, `${answer.status} closes the connection`)
        return false
      }
    }
    return true
  }

  /** Reads the answer to a broken call, if there is one, and the end of the connection. */
  async #readEnd(connection: RawConnection, calls: readonly Call[], broken: BrokenCall): Promise<boolean> {
    // Not earlier: this server treats a client that closes its side as gone.
    if (broken.after === 'end') connection.end()
    const raw = Buffer.concat(broken.pieces)
    const fault = (what: string) =>
      this.#violated(
        `${what}\n  after ${calls.length} calls, to an invalid call: ${shown(raw)}\n  ${this.#repeat}`,
      )
    try {
      for (;;) {
        const answer = await connection.answer('GET', timeoutMs)
        if (answer === null) break
        const problem = this.#judge.ofBroken(answer)
        if (problem !== null) fault(problem)
      }
      if (connection.rest.length > 0) fault(`received half an answer ${unread(connection)}`)
      else await connection.over(timeoutMs)
      this.callCount++
    } catch (error) {
      fault(faultOf(error, connection))
    }
    return false
  }

  async #fault(calls: readonly Call[], index: number, what: string): Promise<false> {
    const { bytes } = await shrink(this.#server.port, this.#judge, calls[index]!, timeoutMs)
    this.#violated(
      `${what}\n  to call ${index + 1} of ${calls.length} in a pipeline: ${shown(calls[index]!.bytes)}\n  ${
        index === 0 ? '' : `after ${shown(calls[index - 1]!.bytes)}\n  `
      }${
        bytes === null
          ? 'sent alone, the call is answered correctly'
          : `smallest call with this fault: ${shown(bytes)}`
      }\n  ${this.#repeat}`,
    )
    return false
  }

  /**
   * Any call but HEAD. Whether an answer to HEAD has a body depends on how much of the call could be read.
   */
  #withBody(): Call {
    for (;;) {
      const call = this.#maker.call(this.#random)
      if (call.method !== 'HEAD') return call
    }
  }

  get #repeat(): string {
    return `(seed of this connection ${this.#random.seed}, after ${this.callCount} calls)`
  }
}

function faultOf(error: unknown, connection: RawConnection): string {
  if (error instanceof InvalidHttp) return `the answer is not HTTP: ${error.message} ${unread(connection)}`
  if (error instanceof LateAnswer)
    return `${error.message} in ${timeoutMs / 1000} seconds ${unread(connection)}`
  throw error
}

function unread({ rest }: RawConnection): string {
  return rest.length === 0 ? 'without an answer' : `in the middle of an answer: ${shown(rest)}`
}

/** Whether the connection ends after the answer although the answer does not say so. */
function isLastByItself({ bytes }: Call): boolean {
  return bytes.subarray(0, bytes.indexOf('\r\n')).toString('latin1').endsWith(' HTTP/1.0')
}

/**
 * A connection stays open, except after a body that was not read to its end, after bytes that are not HTTP,
 * and when the client asks for the end.
 */
function mayClose({ status }: Answer, { bytes }: Call): boolean {
  return (
    [400, 413, 431].includes(status) ||
    / HTTP\/1\.0\r\n|^connection: *(close|upgrade)/im.test(bytes.toString('latin1', 0, 20_000))
  )
}

function pieces(random: Random, bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const next = at + random.between(1, Math.max(1, Math.ceil(bytes.length / 10)))
    parts.push(bytes.subarray(at, next))
    at = next
  }
  return parts
}

/** The bytes in readable form, enough of them to send the call again. */
function shown(bytes: Buffer): string {
  const more = bytes.length > shownBytesMax ? `… (${bytes.length} bytes)` : ''
  return JSON.stringify(bytes.toString('latin1', 0, shownBytesMax)) + more
}
