const lineFeed = 10
const carriageReturn = 13
const zero = 48
const nine = 57
const toLowerCase = 0x20
const lengthName = Buffer.from('content-length:')
/** The position of the status in the first line: `HTTP/1.1 200`. */
const statusAt = 9
const statusEnd = 12

/**
 * Reads the answers of one connection that has one call in flight, in pieces of any size. It understands just
 * enough HTTP for answers with a Content-Length, and creates no objects for them. So the load uses little of
 * the machine that it shares with the server.
 */
export class AnswerScanner {
  /** The status of the current or last answer. */
  status = 0
  /** The body of the last answer, if it was requested. Valid until the next read. */
  body: Buffer = Buffer.alloc(0)
  #keepsBody = false
  #isInHead = true
  #isInFirstLine = true
  /** The position in the line. */
  #column = 0
  /** The length of the header name matched so far; -1: another header. */
  #nameMatched = 0
  /** -1: not known yet. */
  #length = -1
  #missing = 0
  #gathered: Buffer = Buffer.alloc(0)
  #gatheredBytes = 0

  /** Must be called before each call. The body of an error is kept in any case. */
  expect(keepsBody: boolean): void {
    this.#keepsBody = keepsBody
  }

  /**
   * @param length how many bytes of the chunk are valid; the bytes behind them are old
   * @returns whether the answer is now complete
   * @throws Error when the answer has another form, or when bytes follow it
   */
  read(chunk: Buffer, length: number): boolean {
    const bodyFrom = this.#isInHead ? this.#readHead(chunk, length) : 0
    if (this.#isInHead) return false
    const came = length - bodyFrom
    if (came > this.#missing) throw new Error('The server sent more than one answer')
    this.#missing -= came
    if (this.#keepsBody || this.status >= 400) this.#keep(chunk, bodyFrom, length)
    if (this.#missing > 0) return false
    this.#isInHead = true
    this.#isInFirstLine = true
    this.#column = 0
    this.#nameMatched = 0
    this.#length = -1
    return true
  }

  /** @returns the position of the body, once the head is complete */
  #readHead(chunk: Buffer, length: number): number {
    let column = this.#column
    for (let at = 0; at < length; at++) {
      const byte = chunk[at]!
      if (byte === lineFeed) {
        if (column === 0) {
          this.#headEnded()
          return at + 1
        }
        this.#isInFirstLine = false
        column = 0
        this.#nameMatched = 0
      } else if (byte !== carriageReturn) {
        if (this.#isInFirstLine) this.#readStatus(byte, column)
        else if (this.#nameMatched >= 0) this.#readHeader(byte)
        column++
        // Skips the rest of a line with another header.
        if (this.#nameMatched < 0) while (at + 1 < length && chunk[at + 1] !== lineFeed) at++
      }
    }
    this.#column = column
    return length
  }

  #readStatus(byte: number, column: number): void {
    if (column === statusAt) this.status = 0
    if (column >= statusAt && column < statusEnd) this.status = this.status * 10 + byte - zero
  }

  #readHeader(byte: number): void {
    const matched = this.#nameMatched
    if (matched < lengthName.length) {
      this.#nameMatched = (byte | toLowerCase) === lengthName[matched] ? matched + 1 : -1
    } else if (byte >= zero && byte <= nine) {
      this.#length = Math.max(0, this.#length) * 10 + byte - zero
    }
  }

  #headEnded(): void {
    if (this.#length < 0 && this.status !== 204) {
      throw new Error(`An answer with the status ${this.status} has no Content-Length`)
    }
    this.#isInHead = false
    this.#missing = Math.max(0, this.#length)
    this.#gatheredBytes = 0
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    if (this.#gatheredBytes === 0 && this.#missing === 0) {
      this.body = chunk.subarray(from, to)
      return
    }
    const bytes = this.#gatheredBytes + to - from
    if (this.#gathered.length < bytes + this.#missing) {
      this.#gathered = Buffer.concat([this.#gathered], bytes + this.#missing)
    }
    chunk.copy(this.#gathered, this.#gatheredBytes, from, to)
    this.#gatheredBytes = bytes
    if (this.#missing === 0) this.body = this.#gathered.subarray(0, bytes)
  }
}
