/** What every answer must fulfil, whatever the call was. */
import { errorCatalogue } from '../../src/domain/errors.ts'
import type { ApiPromises } from '../http/api-promises.ts'
import type { Answer } from './answer-reader.ts'
import type { Call } from './calls.ts'

/** The documented error types, by status. */
const typesByStatus = new Map<number, Set<string>>()
for (const { status, type } of Object.values(errorCatalogue)) {
  typesByStatus.set(status, (typesByStatus.get(status) ?? new Set()).add(type))
}
/**
 * Statuses for a connection whose bytes cannot be read. There is no call then that the error catalogue could
 * refuse.
 */
const protocolStatuses = [400, 408, 431]
const protocolType = 'invalid-input'

export class Judge {
  readonly #promises: ApiPromises
  /** Statuses from 500 on that are not faults here, such as 503 where the test overloads the server. */
  readonly #explained: ReadonlySet<number>

  constructor(promises: ApiPromises, explained: readonly number[] = []) {
    this.#promises = promises
    this.#explained = new Set(explained)
  }

  /** The fault in the answer to a valid call; null when there is none. */
  ofCall(call: Call, answer: Answer): string | null {
    const problem = this.#ofAnswer(answer, call.method === 'HEAD')
    if (problem !== null) return problem
    const { status } = answer
    if (call.expected !== undefined) {
      const text = answer.body.toString()
      if (status === call.expected.status && text.startsWith(call.expected.text)) return null
      if (this.#explained.has(status)) return null
      return `expected ${call.expected.status} ${call.expected.text}…, got ${status} ${text.slice(0, 300)}`
    }
    if (status >= 300 || call.isOverridden || call.method === 'HEAD') return null
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true
    try {
      const body = isJson && answer.body.length > 0 ? JSON.parse(answer.body.toString()) : undefined
      this.#promises.check(call.method, call.path, status, body)
      return null
    } catch (error) {
      return String(error)
    }
  }

  /** The fault in the answer to an invalid call; null when there is none. */
  ofBroken(answer: Answer): string | null {
    return this.#ofAnswer(answer, false)
  }

  #ofAnswer({ status, headers, body }: Answer, isHead: boolean): string | null {
    if (!(Number(headers.get('x-ratelimit-limit')) > 0))
      return `${status} without X-RateLimit-Limit (rule 9.7)`
    if (status < 300) {
      return status < 200 ? `status ${status}` : null
    }
    if (status < 400 || (status >= 500 && !this.#explained.has(status))) {
      return `status ${status}: ${body.toString().slice(0, 500)}`
    }
    const type = headers.get('content-type')
    // Pages for people, such as the page of a queue.
    if (type?.startsWith('text/html')) return null
    if (type !== 'application/json; charset=utf-8') return `${status} with Content-Type ${type} (rule 9.2)`
    if (isHead) return null
    return failureProblem(status, body.toString())
  }
}

function failureProblem(status: number, text: string): string | null {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return `${status} with a body that is not JSON: ${text.slice(0, 300)}`
  }
  const { error } = (body ?? {}) as { error?: { type?: unknown; message?: unknown } }
  const { type, message } = error ?? {}
  if (typeof type !== 'string' || typeof message !== 'string' || message === '') {
    return `${status} with a body other than {"error":{"type","message"}}: ${text.slice(0, 300)}`
  }
  if (typesByStatus.get(status)?.has(type)) return null
  if (protocolStatuses.includes(status) && type === protocolType) return null
  return `${status} with the type ${type}, which is not documented for this status`
}
