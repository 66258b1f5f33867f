/** What a load is aimed at. */
export interface Target {
  /** Of the servers, which have the connections in equal parts. */
  readonly ports: readonly number[]
  readonly token: string
  readonly queueId: string
}

/** Builds the text of calls as the official client for JavaScript sends them, bodies uncompressed. */
export class Calls {
  readonly #target: Target
  readonly #headers: string

  constructor(target: Target) {
    this.#target = target
    this.#headers =
      `Host: 127.0.0.1\r\nAuthorization: Bearer ${target.token}\r\n` +
      'Accept: application/json, */*\r\nUser-Agent: headlock-bench\r\n'
  }

  add(url: string, clientKey: string): string {
    return this.#withBody('POST', `/requests?clientKey=${clientKey}`, JSON.stringify(requestOf(url)))
  }

  batchAdd(urls: readonly string[], clientKey: string): string {
    return this.#withBody(
      'POST',
      `/requests/batch?clientKey=${clientKey}`,
      JSON.stringify(urls.map(requestOf)),
    )
  }

  lockHead(limit: number, clientKey: string): string {
    return this.#bare('POST', `/head/lock?limit=${limit}&lockSecs=600&clientKey=${clientKey}`)
  }

  get(requestId: string): string {
    return this.#bare('GET', `/requests/${requestId}`)
  }

  markHandled(requestId: string, url: string, clientKey: string): string {
    const body = { ...requestOf(url), id: requestId, handledAt: '2026-11-22T10:00:00.000Z' }
    return this.#withBody('PUT', `/requests/${requestId}?clientKey=${clientKey}`, JSON.stringify(body))
  }

  prolong(requestId: string, clientKey: string): string {
    return this.#bare('PUT', `/requests/${requestId}/lock?lockSecs=600&clientKey=${clientKey}`)
  }

  #bare(method: string, path: string): string {
    const length = method === 'GET' ? '' : 'Content-Length: 0\r\n'
    return `${method} /v2/request-queues/${this.#target.queueId}${path} HTTP/1.1\r\n${this.#headers}${length}\r\n`
  }

  #withBody(method: string, path: string, body: string): string {
    return (
      `${method} /v2/request-queues/${this.#target.queueId}${path} HTTP/1.1\r\n${this.#headers}` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    )
  }
}

/** The fields of `requestOf` that the tables keep as text, for what fills them without a server. */
export const otherFields =
  '"noRetry":false,"headers":{},"userData":{"label":"DETAIL","__crawlee":{"crawlDepth":3,' +
  '"enqueueStrategy":"same-hostname"}},"errorMessages":[]'
/** What a row counts as in the statistics of its queue. */
export const rowBytes = 300

/** A request as Crawlee adds it for a page of an online shop: some 300 bytes of JSON. */
export function requestOf(url: string): Record<string, unknown> {
  return {
    url,
    uniqueKey: url,
    method: 'GET',
    noRetry: false,
    retryCount: 0,
    errorMessages: [],
    headers: {},
    userData: { label: 'DETAIL', __crawlee: { crawlDepth: 3, enqueueStrategy: 'same-hostname' } },
  }
}

export function urlOf(number: number): string {
  return `https://shop.example.com/catalogue/category-${number % 97}/item-${number}?page=1`
}
