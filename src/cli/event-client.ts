/** Reads server-sent events of a running server. */
import { refusalIn, unreachable } from './server-address.ts'

export interface StreamEvent {
  readonly name: string
  readonly data: unknown
}

/** The server sends something each second. After so long without a byte, the connection is given up. */
const silenceMsMax = 20_000

/**
 * Opens a stream. The events end when the connection does.
 *
 * @throws OperatorError if the server cannot be reached, or refuses the call
 */
export async function openEvents(url: URL, token: string): Promise<AsyncGenerator<StreamEvent>> {
  const abort = new AbortController()
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
  const silence = setTimeout(() => abort.abort(new Error('it sends nothing')), silenceMsMax)
  let response: Response
  try {
    response = await fetch(url, { headers, signal: abort.signal, redirect: 'error' })
    if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
      throw refusalIn(url, response.status, await response.text())
    }
  } catch (error) {
    clearTimeout(silence)
    throw error instanceof Error && error.name === 'OperatorError' ? error : unreachable(url, error)
  }
  return eventsIn(response.body!, silence)
}

async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  silence: NodeJS.Timeout,
): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const part of body) {
      silence.refresh()
      text += decoder.decode(part, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const name = /^event: (.*)$/m.exec(block)?.[1]
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (name !== undefined && data !== undefined) yield { name, data: JSON.parse(data) }
      }
    }
  } catch {
    // The connection was cut.
  } finally {
    clearTimeout(silence)
  }
}
