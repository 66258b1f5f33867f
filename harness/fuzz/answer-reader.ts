/** Reads answers off a connection, byte by byte. Accepts only what HTTP/1.1 allows. */

export interface Answer {
  readonly status: number
  /** Header names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** Whether the server said that it closes the connection after this answer. */
  readonly closes: boolean
}

/** The bytes received are not HTTP. */
export class InvalidHttp extends Error {}

const headBytesMax = 64 * 1024
const none = Buffer.alloc(0)

export class AnswerReader {
  #bytes: Buffer = none
  /**
   * Bytes received since the last read. They are joined only when needed, so that a long answer is not copied
   * with each packet.
   */
  #more: Buffer[] = []
  #moreLength = 0
  /** The next whole answer needs at least this many bytes. */
  #needed = 0

  /** Bytes received that are not a whole answer yet. */
  get rest(): Buffer {
    this.#join()
    return this.#bytes
  }

  push(bytes: Buffer): void {
    this.#more.push(bytes)
    this.#moreLength += bytes.length
  }

  /**
   * The next answer; null until it is complete. Interim answers (1xx) are skipped.
   *
   * @param method of the call that is answered: an answer to HEAD has no body, whatever the headers say
   * @throws InvalidHttp
   */
  next(method: string): Answer | null {
    if (this.#bytes.length + this.#moreLength < this.#needed) return null
    this.#join()
    this.#needed = 0
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if (end === -1) {
        if (this.#bytes.length > headBytesMax) throw new InvalidHttp('headers without an end')
        return null
      }
      const { status, headers, isHttp10 } = headOf(this.#bytes.toString('latin1', 0, end))
      if (status >= 100 && status < 200) {
        this.#bytes = this.#bytes.subarray(end + 4)
        continue
      }
      const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
      const read = hasBody ? bodyAt(this.#bytes, end + 4, headers) : { body: none, next: end + 4 }
      if (read.body === null) {
        this.#needed = read.next
        return null
      }
      this.#bytes = this.#bytes.subarray(read.next)
      const connection = headers.get('connection')?.toLowerCase()
      return {
        status,
        headers,
        body: read.body,
        closes: connection === 'close' || (isHttp10 && connection !== 'keep-alive'),
      }
    }
  }

  #join(): void {
    if (this.#more.length === 0) return
    this.#bytes = Buffer.concat([this.#bytes, ...this.#more])
    this.#more = []
    this.#moreLength = 0
  }
}

interface ReadBody {
  /** Null: the body is not complete. */
  readonly body: Buffer | null
  /** The end of the body or, while it is incomplete, a lower bound of it. */
  readonly next: number
}

function headOf(text: string): { status: number; headers: Map<string, string>; isHttp10: boolean } {
  const [first, ...lines] = text.split('\r\n')
  const match = /^HTTP\/1\.([01]) ([1-5]\d\d) [\t\x20-\x7e]*$/.exec(first!)
  if (match === null) throw new InvalidHttp(`expected a status line, got ${JSON.stringify(first)}`)
  const headers = new Map<string, string>()
  for (const line of lines) {
    const header = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line)
    if (header === null) throw new InvalidHttp(`expected a header, got ${JSON.stringify(line)}`)
    const name = header[1]!.toLowerCase()
    if (headers.has(name)) throw new InvalidHttp(`the header ${name} is there twice`)
    headers.set(name, header[2]!)
  }
  return { status: Number(match[2]), headers, isHttp10: match[1] === '0' }
}

function bodyAt(bytes: Buffer, start: number, headers: ReadonlyMap<string, string>): ReadBody {
  if (headers.get('transfer-encoding') === 'chunked') return chunksAt(bytes, start)
  const length = headers.get('content-length')
  if (length === undefined || !/^\d+$/.test(length))
    throw new InvalidHttp(`a body without a length: ${length}`)
  const next = start + Number(length)
  return { body: bytes.length < next ? null : bytes.subarray(start, next), next }
}

function chunksAt(bytes: Buffer, start: number): ReadBody {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const end = bytes.indexOf('\r\n', at)
    if (end === -1) return { body: null, next: bytes.length + 1 }
    const size = bytes.toString('latin1', at, end)
    if (!/^[0-9a-fA-F]+$/.test(size)) throw new InvalidHttp(`expected the size of a chunk, got ${size}`)
    const from = end + 2
    const next = from + Number.parseInt(size, 16) + 2
    if (bytes.length < next) return { body: null, next }
    if (bytes.toString('latin1', next - 2, next) !== '\r\n') throw new InvalidHttp('a chunk without an end')
    if (next - 2 === from) return { body: Buffer.concat(chunks), next }
    chunks.push(bytes.subarray(from, next - 2))
    at = next
  }
}
