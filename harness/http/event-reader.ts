import assert from 'node:assert/strict'

/** The name of what is no event. */
export const heartbeat = 'heartbeat'

export interface ServerEvent {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read any part of it
  readonly data: any
}

/** A client of a stream of server-sent events. */
export class EventReader {
  readonly response: Response
  readonly #abort: AbortController
  readonly #events: AsyncIterator<ServerEvent>

  private constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    this.#events = eventsIn(response.body!)
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
    const abort = new AbortController()
    const response = await fetch(url, { headers, signal: abort.signal })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    return new EventReader(response, abort)
  }

  /** The next event; null if the server has ended the stream. */
  async next(): Promise<ServerEvent | null> {
    for (;;) {
      const event = await this.turn()
      if (event?.name !== heartbeat) return event
    }
  }

  /** The same, also if that is only a sign that the connection is alive. */
  async turn(): Promise<ServerEvent | null> {
    const { done, value } = await this.#events.next()
    return done === true ? null : value
  }

  disconnect(): void {
    this.#abort.abort()
  }
}

async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let text = ''
  for await (const part of body.pipeThrough(new TextDecoderStream() as never) as AsyncIterable<string>) {
    text += part
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      const name = /^event: (.*)$/m.exec(block)?.[1]
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (block === ':') yield { name: heartbeat, data: null }
      if (name !== undefined && data !== undefined) yield { name, data: JSON.parse(data) }
    }
  }
}
