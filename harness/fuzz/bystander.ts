/**
 * A client that works as a crawler on a queue of its own, while others abuse the server. It must not notice
 * any of that.
 */
import { requestIdOf } from '../../src/domain/identity.ts'
import type { Answer } from './answer-reader.ts'
import { RawConnection } from './raw-connection.ts'

export class Bystander {
  readonly #port: number
  readonly #token: string
  readonly #timeoutMs: number
  #connection: RawConnection | null = null
  #queueCount = 0
  #queue = ''
  #cycles = 0
  /** Calls that were answered correctly. */
  callCount = 0
  worstMs = 0

  /** @param timeoutMs how long an answer may take; the official clients wait 5 seconds for a call */
  constructor(port: number, token: string, timeoutMs: number) {
    this.#port = port
    this.#token = token
    this.#timeoutMs = timeoutMs
  }

  /**
   * Works on a new queue until `isOver`. Rejects at the first wrong answer. It can then be called again for a
   * fresh queue.
   */
  async work(isOver: () => boolean): Promise<void> {
    this.#cycles = 0
    try {
      const { id } = await this.#call('POST', `/v2/request-queues?name=bystander-${++this.#queueCount}`, 201)
      this.#queue = `/v2/request-queues/${id}`
      while (!isOver()) await this.#cycle()
    } finally {
      this.#connection?.close()
      this.#connection = null
    }
  }

  /** Adds a request, locks it and no other, and marks it as handled. Then the counts must be exact. */
  async #cycle(): Promise<void> {
    const uniqueKey = `page ${this.#cycles++}`
    const requestId = requestIdOf(uniqueKey)
    const page = { uniqueKey, url: 'https://example.com/' }
    const added = await this.#call('POST', `${this.#queue}/requests?clientKey=bystander`, 201, page)
    expect('the answer to an add', added, { requestId, wasAlreadyPresent: false, wasAlreadyHandled: false })
    const locked = await this.#call('POST', `${this.#queue}/head/lock?lockSecs=60&clientKey=bystander`, 200)
    expect(
      'what was locked',
      (locked['items'] as { id: string }[]).map(({ id }) => id),
      [requestId],
    )
    const handled = { ...page, handledAt: '2030-01-01T00:00:00.000Z' }
    const path = `${this.#queue}/requests/${requestId}?clientKey=bystander`
    const updated = await this.#call('PUT', path, 200, handled)
    expect('the answer to an update', updated, {
      requestId,
      wasAlreadyPresent: true,
      wasAlreadyHandled: false,
    })
    const queue = await this.#call('GET', this.#queue, 200)
    const { totalRequestCount, handledRequestCount, pendingRequestCount, hadMultipleClients } = queue
    expect(
      'the counts',
      { totalRequestCount, handledRequestCount, pendingRequestCount, hadMultipleClients },
      {
        totalRequestCount: this.#cycles,
        handledRequestCount: this.#cycles,
        pendingRequestCount: 0,
        hadMultipleClients: false,
      },
    )
  }

  async #call(
    method: string,
    path: string,
    status: number,
    body?: unknown,
  ): Promise<Record<string, unknown>> {
    this.#connection ??= new RawConnection(this.#port)
    const text = body === undefined ? '' : JSON.stringify(body)
    const type = body === undefined ? '' : 'Content-Type: application/json\r\n'
    this.#connection.send(
      Buffer.from(
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${this.#token}\r\n${type}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      ),
    )
    const beganAt = performance.now()
    const answer: Answer | null = await this.#connection.answer(method, this.#timeoutMs).finally(() => {
      this.worstMs = Math.max(this.worstMs, performance.now() - beganAt)
    })
    const heard =
      answer === null ? 'a closed connection' : `${answer.status} ${answer.body.toString().slice(0, 300)}`
    if (answer?.status !== status) throw new Error(`${method} ${path} of the bystander got ${heard}`)
    this.callCount++
    return JSON.parse(answer.body.toString()).data
  }
}

function expect(what: string, seen: unknown, promised: unknown): void {
  const [is, ought] = [JSON.stringify(seen), JSON.stringify(promised)]
  if (is !== ought) throw new Error(`${what} of the bystander: expected ${ought}, got ${is}`)
}
