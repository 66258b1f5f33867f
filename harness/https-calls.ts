/** HTTPS calls that trust a single certificate, on kept-alive or new connections. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'

export interface HttpsAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The local port of the connection. It tells connections apart. */
  readonly callerPort: number
}

export interface HttpsCall {
  readonly method?: string
  readonly token?: string | null
  readonly body?: string
}

export class HttpsCaller {
  readonly #agent: Agent

  /** @param ca the certificate that is trusted, whatever host name is called */
  constructor(ca: string) {
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 1 })
  }

  /** Rejects when the server shows another certificate. */
  async call(url: string, { method = 'GET', token = null, body }: HttpsCall = {}): Promise<HttpsAnswer> {
    const sent = request(url, {
      method,
      agent: this.#agent,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const { localPort } = answer.socket as TLSSocket
    let text = ''
    for await (const part of answer.setEncoding('utf8')) text += part
    return { status: answer.statusCode!, headers: answer.headers, text, callerPort: localPort! }
  }

  close(): void {
    this.#agent.destroy()
  }
}
