/** Data that keep a decoder busy for long and yield next to nothing. */

/** Bits as Brotli has them: the lowest first. */
class Bits {
  readonly bytes: number[] = []
  #byte = 0
  #count = 0

  put(value: number, bitCount: number): void {
    for (let bit = 0; bit < bitCount; bit++) {
      this.#byte |= ((value >>> bit) & 1) << this.#count
      if (++this.#count < 8) continue
      this.bytes.push(this.#byte)
      this.#byte = 0
      this.#count = 0
    }
  }

  /** To the end of the byte. */
  fill(): void {
    while (this.#count > 0) this.put(0, 1)
  }
}

/** A prefix code of one symbol, which then takes no bits. */
function code(bits: Bits, symbolBits: number, symbol: number): void {
  bits.put(1, 2)
  bits.put(0, 2)
  bits.put(symbol, symbolBits)
}

/** RFC 7932, 9.2: a meta-block of 257 codes for insertions, of which one is used, for a single space. */
function metaBlock(bits: Bits): void {
  // Not the last, its length 1, compressed.
  bits.put(0, 1 + 2 + 16 + 1)
  // One type of literals, 256 types of insertions with the codes that say so, one of distances.
  bits.put(0, 1)
  bits.put(1 | (7 << 1) | (127 << 4), 11)
  code(bits, 9, 0)
  code(bits, 5, 0)
  bits.put(0, 2)
  bits.put(0, 1)
  // No direct distances, the context mode of the literals, one code for literals and one for distances.
  bits.put(0, 2 + 4 + 2 + 1 + 1)
  code(bits, 8, 0x20)
  // Insert one, copy two: the meta-block is over before that.
  for (let index = 0; index < 256; index++) code(bits, 10, 8)
  code(bits, 6, 0)
}

/** Brotli of about so many bytes, each 459 of which stand for one space. */
export function brotliOfLittle(byteCount: number): Buffer {
  const bits = new Bits()
  // The window.
  bits.put(0, 1)
  for (let block = 0; block < 8; block++) metaBlock(bits)
  const start = bits.bytes.length
  for (let block = 0; block < 8; block++) metaBlock(bits)
  // Eight of them end where they began in a byte, so what follows is the same again and again.
  const period = Buffer.from(bits.bytes.slice(start))
  const first = Buffer.from(bits.bytes.slice(0, start))
  const lastAt = bits.bytes.length
  // The last, and empty.
  bits.put(3, 2)
  bits.fill()
  const last = Buffer.from(bits.bytes.slice(lastAt))
  const periods = Math.max(1, Math.round((byteCount - start) / period.length))
  return Buffer.concat([first, ...Array.from({ length: periods }, () => period), last])
}
