import { idLength, requestOf, urlOf } from './requests.ts'
import { Template } from './template.ts'

/** The target of a load. */
export interface Target {
  /** The ports of the servers. The connections are spread over them evenly. */
  readonly ports: readonly number[]
  readonly token: string
  readonly queueId: string
}

/** The number of requests in a batch and in a head/lock. */
export const batchSize = 25
/** A placeholder for the ID of a request. */
const idToCome = '#'.repeat(idLength)
/** A placeholder for the URL of a request. All URLs have the same length. */
const urlToCome = urlOf(0)

/** Writes calls ahead of time, as the official JavaScript client sends them, with uncompressed bodies. */
export class Calls {
  readonly #queueId: string
  readonly #headers: string
  readonly #hostCount: number

  /** @param hostCount over how many hosts new URLs are spread */
  constructor({ token, queueId }: Pick<Target, 'token' | 'queueId'>, hostCount = 1) {
    this.#hostCount = hostCount
    this.#queueId = queueId
    this.#headers =
      `Host: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
      'Accept: application/json, */*\r\nUser-Agent: headlock-bench\r\n'
  }

  add(clientKey: string): Template {
    return this.#withBody('POST', `/requests?clientKey=${clientKey}`, requestOf(urlToCome))
  }

  batchAdd(clientKey: string): Template {
    const requests = Array.from({ length: batchSize }, () => requestOf(urlToCome))
    return this.#withBody('POST', `/requests/batch?clientKey=${clientKey}`, requests)
  }

  lockHead(clientKey: string): Template {
    return this.#bare('POST', `/head/lock?limit=${batchSize}&lockSecs=600&clientKey=${clientKey}`)
  }

  get(): Template {
    return this.#bare('GET', `/requests/${idToCome}`)
  }

  markHandled(clientKey: string): Template {
    const body = { ...requestOf(urlToCome), id: idToCome, handledAt: '2026-11-22T10:00:00.000Z' }
    return this.#withBody('PUT', `/requests/${idToCome}?clientKey=${clientKey}`, body)
  }

  prolong(clientKey: string): Template {
    return this.#bare('PUT', `/requests/${idToCome}/lock?lockSecs=600&clientKey=${clientKey}`)
  }

  #bare(method: string, path: string): Template {
    return this.#template(method, path, method === 'GET' ? '' : 'Content-Length: 0\r\n', '')
  }

  #withBody(method: string, path: string, content: unknown): Template {
    const body = JSON.stringify(content)
    const headers = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
    return this.#template(method, path, headers, body)
  }

  #template(method: string, path: string, headers: string, body: string): Template {
    const queue = `/v2/request-queues/${this.#queueId}`
    const text = `${method} ${queue}${path} HTTP/1.1\r\n${this.#headers}${headers}\r\n${body}`
    const hostCount = this.#hostCount
    return new Template(text, { queueId: this.#queueId, url: urlToCome, id: idToCome, hostCount })
  }
}
