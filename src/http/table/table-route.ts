import type { IncomingMessage } from 'node:http'
import type { TObject, TSchema } from 'typebox'
import type { Caller } from '../../domain/caller.ts'
import type { HeadlockError } from '../../domain/errors.ts'
import type { Route } from '../api/route.ts'
import { type Guard, headersOf } from '../auth/guards.ts'
import { hasBody, readBody } from '../body/body.ts'
import { callOf } from '../call-context.ts'
import { type ErrorAnswers, jsonType } from '../errors/errors.ts'
import type { Admission } from '../overload/admission.ts'
import type { RateLimits } from '../rate-limit/rate-limits.ts'
import type { RouteNumbers } from '../route-numbers.ts'
import { compileBody } from '../validation/body-check.ts'
import { misplacedCheck } from '../validation/misplaced-input.ts'
import { compileQuery, type RawQuery } from '../validation/query.ts'

export interface TableParts {
  readonly guard: Guard
  readonly rateLimits: RateLimits
  readonly admission: Admission
  readonly errorAnswers: ErrorAnswers
  readonly routeNumbers: RouteNumbers
}

/** A call on its way through a route of the table. Handlers get it as an `ApiCall`. */
export class TableCall {
  readonly raw: IncomingMessage
  readonly params: Readonly<Record<string, string>>
  query: unknown
  body: unknown = undefined

  constructor(raw: IncomingMessage, params: Readonly<Record<string, string>>, query: RawQuery) {
    this.raw = raw
    this.params = params
    this.query = query
  }

  get caller(): Caller {
    return callOf(this.raw).caller!
  }
}

const noMisplacedInput = () => null
const noQuery = (value: RawQuery) => ({ value })
const noBody = () => true as const

/** Takes calls through the same steps as `wayToHandler` of way-in.ts, with the same numbers. */
export class TableRoute {
  readonly #parts: TableParts
  readonly #route: Route
  readonly #number: number
  readonly #headers: Readonly<Record<string, string>>
  /** The head of a successful answer with a body, up to the length. */
  readonly #headLines: readonly string[]
  readonly #readsBody: boolean
  readonly #refusalOfMisplaced: NonNullable<ReturnType<typeof misplacedCheck>>
  readonly #checkQuery: ReturnType<typeof compileQuery> | typeof noQuery
  readonly #checkBody: ReturnType<typeof compileBody>
  readonly #handle: (call: TableCall, reply: null) => Promise<unknown>

  constructor(route: Route, parts: TableParts) {
    const { method, path, operation, handler } = route
    const { querystring, body } = operation.schema as unknown as { querystring?: TObject; body?: TSchema }
    const { rateClass, answerBytesMax } = operation.config
    this.#parts = parts
    this.#route = route
    this.#number = parts.routeNumbers.of(method, path)
    this.#headers = headersOf(method, rateClass, parts.rateLimits)
    this.#headLines = [...Object.entries(this.#headers).flat(), 'content-type', jsonType, 'content-length']
    this.#readsBody = method !== 'GET'
    this.#refusalOfMisplaced = misplacedCheck(operation) ?? noMisplacedInput
    this.#checkQuery = querystring === undefined ? noQuery : compileQuery(querystring)
    this.#checkBody = body === undefined ? noBody : compileBody(body)
    this.#handle = parts.admission.counted<TableCall, null>(handler, answerBytesMax)
  }

  take(call: TableCall): void {
    callOf(call.raw).routeNumber = this.#number
    try {
      // 13. The guard.
      const refusal = this.#parts.guard.refusalOf(call, this.#route.operation.config.rateClass)
      if (refusal instanceof Promise) {
        refusal.then(
          (late) => this.#read(call, late),
          (error) => this.#refuse(call, error),
        )
      } else {
        this.#read(call, refusal)
      }
    } catch (error) {
      this.#refuse(call, error)
    }
  }

  /** 14. The body. */
  #read(call: TableCall, refusal: HeadlockError | null): void {
    if (refusal !== null) this.#refuse(call, refusal)
    else if (!this.#readsBody || !hasBody(call.raw)) this.#perform(call)
    else {
      readBody(call.raw, this.#parts.admission, (error, body) => {
        call.body = body
        if (error === null) this.#perform(call)
        else this.#refuse(call, error, true)
      })
    }
  }

  #perform(call: TableCall): void {
    try {
      const problem =
        // 15. Input in the wrong place.
        this.#refusalOfMisplaced(call) ??
        // 16. The schemas of the body and of the query.
        this.#refusalOfSchemas(call)
      if (problem !== null) throw problem
      // 17. The handler.
      this.#handle(call, null).then(
        (text) => this.#answer(call, text as string | null),
        (error) => this.#refuse(call, error),
      )
    } catch (error) {
      this.#refuse(call, error)
    }
  }

  #refusalOfSchemas(call: TableCall): HeadlockError | null {
    const checkedBody = this.#checkBody(call.body ?? null)
    if (checkedBody !== true) return checkedBody.error
    const checked = this.#checkQuery(call.query as RawQuery)
    if ('error' in checked) return checked.error
    call.query = checked.value
    return null
  }

  #answer({ raw }: TableCall, text: string | null): void {
    const { response } = callOf(raw)
    const { status } = this.#route
    if (text === null) response.writeHead(status, this.#headers).end()
    else response.writeHead(status, [...this.#headLines, String(Buffer.byteLength(text))]).end(text)
  }

  #refuse({ raw }: TableCall, error: unknown, isOfBody = false): void {
    this.#parts.errorAnswers.sendFor(callOf(raw), error, this.#headers, isOfBody)
  }
}
