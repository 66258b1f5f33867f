/** Sends what was made, in pipelines and in pieces, and holds every answer against what was promised. */
import { Random } from '../random.ts'
import { type Answer, NoHttp } from './answer-reader.ts'
import { type BrokenCall, brokenCall } from './broken.ts'
import type { Call, CallMaker } from './calls.ts'
import type { Judge } from './judge.ts'
import { LateAnswer, Line } from './line.ts'
import { shrink } from './shrink.ts'
import { chance } from './values.ts'

export interface FuzzedServer {
  readonly port: number
  readonly token: string
}

/** So many calls go over one connection without waiting for answers, at the most. */
const pipelineMax = 12
/** So many such rounds has a connection at the most. */
const roundsPerLineMax = 8
/** For an answer, and for the end of a connection: much longer than anything here takes, even on a machine that is busy. */
const patienceMs = 20_000
const shownBytesMax = 1500

export class Fuzzer {
  readonly #server: FuzzedServer
  readonly #maker: CallMaker
  readonly #judge: Judge
  readonly #random: Random
  readonly #violated: (what: string) => void
  /** Calls that were judged, broken ones too. What is sent right before a reset counts as none: who knows what arrived. */
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

  /** One connection after the other. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#useLine(isOver)
  }

  async #useLine(isOver: () => boolean): Promise<void> {
    const line = new Line(this.#server.port)
    try {
      for (let round = this.#random.between(1, roundsPerLineMax); round > 0 && !isOver(); round--) {
        const goesOn = await this.#round(line, round === 1)
        if (!goesOn) break
      }
    } finally {
      line.close()
    }
  }

  /** Sound calls, at the end of a connection often with a broken one behind them. Tells whether another may follow. */
  async #round(line: Line, isLast: boolean): Promise<boolean> {
    const random = this.#random
    const calls = Array.from({ length: random.between(1, pipelineMax) }, () =>
      chance(random, 0.15) ? this.#maker.mark() : this.#maker.call(random),
    )
    const broken = isLast && chance(random, 0.6) ? brokenCall(random, this.#withBody()) : null
    // What a broken call must not do: take the place of the answer to the one before it.
    if (broken !== null) calls.push(this.#maker.mark())
    const bytes = Buffer.concat(calls.map((call) => call.bytes))
    if (broken !== null) await line.dribble([bytes, ...broken.pieces])
    else if (chance(random, 0.1)) await line.dribble(pieces(random, bytes))
    else line.send(bytes)
    if (broken?.after === 'reset') {
      await line.opened
      line.reset()
      return false
    }
    return (
      (await this.#hearAll(line, calls)) && (broken === null || (await this.#hearEnd(line, calls, broken)))
    )
  }

  /** Tells whether the connection is still there for more. */
  async #hearAll(line: Line, calls: readonly Call[]): Promise<boolean> {
    for (const [index, call] of calls.entries()) {
      let answer: Answer | null
      try {
        answer = await line.answer(call.method, patienceMs)
      } catch (error) {
        return this.#fault(calls, index, faultOf(error, line))
      }
      if (answer === null) return this.#fault(calls, index, `the connection was closed ${unread(line)}`)
      this.callCount++
      this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1)
      if (answer.status < 300) this.acknowledgedCount++
      const problem = this.#judge.ofCall(call, answer)
      if (problem !== null) return this.#fault(calls, index, problem)
      // Calls behind this one are not made; whoever sent them has been told so.
      if (answer.closes || isLastByItself(call)) {
        if (!mayClose(answer, call))
          return this.#fault(calls, index, `${answer.status} closes the connection`)
        return false
      }
    }
    return true
  }

  /** The answer to what is no call, if there is one, and the end of the connection. */
  async #hearEnd(line: Line, calls: readonly Call[], broken: BrokenCall): Promise<boolean> {
    // Not before: to this server, whoever says that nothing more comes is gone.
    if (broken.after === 'end') line.end()
    const raw = Buffer.concat(broken.pieces)
    const fault = (what: string) =>
      this.#violated(
        `${what}\n  after ${calls.length} calls, to bytes that are no call: ${shown(raw)}\n  ${this.#repeat}`,
      )
    try {
      for (;;) {
        const answer = await line.answer('GET', patienceMs)
        if (answer === null) break
        const problem = this.#judge.ofBroken(answer)
        if (problem !== null) fault(problem)
      }
      if (line.rest.length > 0) fault(`half an answer came ${unread(line)}`)
      else await line.over(patienceMs)
      this.callCount++
    } catch (error) {
      fault(faultOf(error, line))
    }
    return false
  }

  async #fault(calls: readonly Call[], index: number, what: string): Promise<false> {
    const { bytes } = await shrink(this.#server.port, this.#judge, calls[index]!, patienceMs)
    this.#violated(
      `${what}\n  to call ${index + 1} of ${calls.length} in a pipeline: ${shown(calls[index]!.bytes)}\n  ${
        index === 0 ? '' : `after ${shown(calls[index - 1]!.bytes)}\n  `
      }${
        bytes === null ? 'alone it is answered as promised' : `the same comes of: ${shown(bytes)}`
      }\n  ${this.#repeat}`,
    )
    return false
  }

  /** Any call but HEAD: whether its answer has a body depends on how much of it could be read. */
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

function faultOf(error: unknown, line: Line): string {
  if (error instanceof NoHttp) return `what came is no HTTP: ${error.message} ${unread(line)}`
  if (error instanceof LateAnswer) return `${error.message} in ${patienceMs / 1000} seconds ${unread(line)}`
  throw error
}

function unread({ rest }: Line): string {
  return rest.length === 0 ? 'without an answer' : `in the middle of an answer: ${shown(rest)}`
}

/** Whether the connection ends after the answer, without a word in it. */
function isLastByItself({ bytes }: Call): boolean {
  return bytes.subarray(0, bytes.indexOf('\r\n')).toString('latin1').endsWith(' HTTP/1.0')
}

/**
 * A connection stays, except after a body that was not read to its end, after what could not be read as HTTP, and where
 * the caller wants it so.
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

/** Readable, and enough to send it again. */
function shown(bytes: Buffer): string {
  const more = bytes.length > shownBytesMax ? `… (${bytes.length} bytes)` : ''
  return JSON.stringify(bytes.toString('latin1', 0, shownBytesMax)) + more
}
