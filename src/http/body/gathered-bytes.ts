/** Chunks above this size are kept as they came, without a copy. */
const smallBytesMax = 8 * 1024
const blockBytesMin = 1024
const blockBytesMax = 64 * 1024

/**
 * Collects the chunks of a body, and takes at most twice the memory of its bytes. A chunk can be a single byte, and would
 * take three hundred bytes as an object of its own.
 */
export class GatheredBytes {
  #parts: Buffer[] = []
  #length = 0
  /** The buffer for small chunks until the next large one, and how much of it is filled. */
  #block: Buffer | null = null
  #blockLength = 0

  add(chunk: Buffer): void {
    // Most bodies are a single chunk, which is not copied.
    if (this.#length === 0 || chunk.length > smallBytesMax) {
      this.#endBlock()
      this.#parts.push(chunk)
    } else {
      this.#addSmall(chunk)
    }
    this.#length += chunk.length
  }

  get length(): number {
    return this.#length
  }

  /** All of it, at its end, without a copy. */
  pieces(): readonly Buffer[] {
    this.#endBlock()
    return this.#parts
  }

  /** All of it, at its end. */
  whole(): Buffer {
    this.#endBlock()
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.#length)
  }

  /** Forgets what there is. */
  clear(): void {
    this.#parts = []
    this.#block = null
    this.#length = 0
  }

  #addSmall(chunk: Buffer): void {
    if (this.#block !== null && this.#blockLength + chunk.length > this.#block.length) this.#endBlock()
    if (this.#block === null) {
      const size = Math.min(Math.max(blockBytesMin, this.#length), blockBytesMax)
      this.#block = Buffer.allocUnsafeSlow(Math.max(size, chunk.length))
      this.#blockLength = 0
    }
    chunk.copy(this.#block, this.#blockLength)
    this.#blockLength += chunk.length
  }

  #endBlock(): void {
    if (this.#block === null) return
    const filled = this.#block.subarray(0, this.#blockLength)
    this.#parts.push(2 * filled.length < this.#block.length ? Buffer.from(filled) : filled)
    this.#block = null
  }
}
