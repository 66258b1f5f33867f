/** Compressed data that takes a decoder a long time and yields almost no output. */

/** A bit stream in the order of Brotli: lowest bit first. */
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

  /** Fills up the current byte. */
  fill(): void {
    while (this.#count > 0) this.put(0, 1)
  }
}

/** A prefix code with a single symbol. Such a symbol takes no bits. */
function code(bits: Bits, symbolBits: number, symbol: number): void {
  bits.put(1, 2)
  bits.put(0, 2)
  bits.put(symbol, symbolBits)
}

/**
 * RFC 7932, section 9.2: a meta-block with 257 insertion codes, one of which is used once, for a single
 * space.
 */
function metaBlock(bits: Bits): void {
  // Not the last meta-block, length 1, compressed.
  bits.put(0, 1 + 2 + 16 + 1)
  // One type of literals, 256 types of insertions with their codes, one type of distances.
  bits.put(0, 1)
  bits.put(1 | (7 << 1) | (127 << 4), 11)
  code(bits, 9, 0)
  code(bits, 5, 0)
  bits.put(0, 2)
  bits.put(0, 1)
  // No direct distances, the context mode of the literals, one code for literals and one for distances.
  bits.put(0, 2 + 4 + 2 + 1 + 1)
  code(bits, 8, 0x20)
  // Insert one byte, copy two. The meta-block ends before the copy.
  for (let index = 0; index < 256; index++) code(bits, 10, 8)
  code(bits, 6, 0)
}

/** Brotli data of about `byteCount` bytes. Every 459 bytes of it decode to one space. */
export function brotliOfLittle(byteCount: number): Buffer {
  const bits = new Bits()
  // The window size.
  bits.put(0, 1)
  for (let block = 0; block < 8; block++) metaBlock(bits)
  const start = bits.bytes.length
  for (let block = 0; block < 8; block++) metaBlock(bits)
  // Eight meta-blocks end at the same bit of a byte as they began, so they can be repeated byte by byte.
  const period = Buffer.from(bits.bytes.slice(start))
  const first = Buffer.from(bits.bytes.slice(0, start))
  const lastAt = bits.bytes.length
  // The last meta-block, empty.
  bits.put(3, 2)
  bits.fill()
  const last = Buffer.from(bits.bytes.slice(lastAt))
  const periods = Math.max(1, Math.round((byteCount - start) / period.length))
  return Buffer.concat([first, ...Array.from({ length: periods }, () => period), last])
}
