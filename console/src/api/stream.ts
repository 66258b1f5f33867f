/** Server-sent events, read with `fetch`: `EventSource` can send no header, and does not tell why it ended. */
import { consoleHeaders, errorIn, signedOut } from './call.ts'
import { apiRoot } from './roots.ts'

/** `paused`: the tab is hidden. `cut`: the connection ended, and another is tried. `absent`: the server has no such stream. */
export type StreamState = 'opening' | 'live' | 'paused' | 'cut' | 'absent'

interface StreamListener {
  onEvent(name: string, data: unknown): void
  onState(state: StreamState): void
}

const retryMsMin = 1000
const retryMsMax = 15_000
/** The server sends something each second. */
const silenceMsMax = 20_000

/**
 * Keeps a stream open while the tab is shown, and opens it again after a cut.
 *
 * @returns closes it
 */
export function openStream(path: string, listener: StreamListener): () => void {
  let connection: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let isClosed = false

  function onVisibility(): void {
    clearTimeout(timer)
    connection?.abort()
    connection = null
    if (document.hidden) listener.onState('paused')
    else void connect()
  }

  async function connect(): Promise<void> {
    const own = new AbortController()
    connection = own
    const isOver = () => isClosed || connection !== own
    if (failures === 0) listener.onState('opening')
    try {
      const response = await fetch(apiRoot + path, {
        headers: { ...consoleHeaders, accept: 'text/event-stream' },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: own.signal,
      })
      if (!response.ok || response.body === null) {
        const { status } = errorIn(response.status, await response.text())
        if (status === 401) signedOut.dispatchEvent(new Event('signed-out'))
        if (status === 404 || status === 401) return listener.onState('absent')
        throw new Error(String(status))
      }
      await readEvents(response.body, own, (name, data) => {
        if (isOver()) return
        failures = 0
        listener.onState('live')
        listener.onEvent(name, data)
      })
    } catch {
      // The same as an end: try again.
    }
    if (isOver()) return
    listener.onState('cut')
    timer = setTimeout(connect, Math.min(retryMsMax, retryMsMin * 2 ** failures))
    failures += 1
  }

  document.addEventListener('visibilitychange', onVisibility)
  onVisibility()
  return () => {
    isClosed = true
    clearTimeout(timer)
    connection?.abort()
    document.removeEventListener('visibilitychange', onVisibility)
  }
}

/** Resolves when the stream ends. */
async function readEvents(
  body: ReadableStream<Uint8Array>,
  connection: AbortController,
  onEvent: (name: string, data: unknown) => void,
): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let silence: ReturnType<typeof setTimeout> | undefined
  let text = ''
  try {
    for (;;) {
      clearTimeout(silence)
      silence = setTimeout(() => connection.abort(), silenceMsMax)
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      const blocks = text.split(/\r?\n\r?\n/)
      text = blocks.pop()!
      for (const block of blocks) readBlock(block, onEvent)
    }
  } finally {
    clearTimeout(silence)
  }
}

function readBlock(block: string, onEvent: (name: string, data: unknown) => void): void {
  let name = 'message'
  const lines: string[] = []
  for (const line of block.split(/\r?\n/)) {
    if (line.startsWith('event:')) name = line.slice(6).trim()
    else if (line.startsWith('data:')) lines.push(line.slice(5).replace(/^ /, ''))
  }
  if (lines.length > 0) onEvent(name, JSON.parse(lines.join('\n')))
}
