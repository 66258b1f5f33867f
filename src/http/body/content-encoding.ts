import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { HeadlockError } from '../../domain/errors.ts'
import type { GatheredBytes } from './gathered-bytes.ts'
import type { JsonShape } from './json-shape.ts'
import { damaged, decodedSlowly } from './slow-decoding.ts'

interface Decoder {
  /** Throws `ERR_BUFFER_TOO_LARGE` as soon as the output would pass `maxOutputLength`. */
  now(bytes: Buffer): Buffer
  /** The same as a stream, which works in the threads of the pool. */
  stream(): Transform
}

/**
 * The size of a batch of ordinary requests, encoded and decoded. Bodies up to this size are decoded in this thread, which is
 * faster than asking another one. Even data made to be slow take only a millisecond at this size.
 */
const encodedNowBytesMax = 2 * 1024
const decodedNowBytesMax = 16 * 1024
const chunkSize = 256 * 1024
/** The largest window that RFC 9659 allows in HTTP: 8 MB. */
const zstdWindow = { [zlib.constants.ZSTD_d_windowLogMax]: 23 }

const small = { maxOutputLength: decodedNowBytesMax, chunkSize: decodedNowBytesMax }
const gzip: Decoder = {
  now: (bytes) => zlib.gunzipSync(bytes, small),
  stream: () => zlib.createGunzip({ chunkSize }),
}
const deflate: Decoder = {
  now: (bytes) => zlib.inflateSync(bytes, small),
  stream: () => zlib.createInflate({ chunkSize }),
}
const rawDeflate: Decoder = {
  now: (bytes) => zlib.inflateRawSync(bytes, small),
  stream: () => zlib.createInflateRaw({ chunkSize }),
}
const brotli: Decoder = {
  now: (bytes) => zlib.brotliDecompressSync(bytes, small),
  stream: () => zlib.createBrotliDecompress({ chunkSize }),
}
const zstd: Decoder = {
  now: (bytes) => zlib.zstdDecompressSync(bytes, { ...small, params: zstdWindow }),
  stream: () => zlib.createZstdDecompress({ chunkSize, params: zstdWindow }),
}

/** What the pieces of a decoded body are shown to, and whether anybody waits for it. */
export interface Reader {
  readonly shape: JsonShape
  isWanted(): boolean
}

/**
 * Decodes a body (rule 9.4), and shows it to the check of its shape. A decompression bomb is stopped at the limit.
 *
 * @throws HeadlockError `unsupportedContentEncoding`, also for several encodings one upon the other; `bodyTooLarge`;
 *   `invalidInput` when the data are damaged, yield too little, or the shape refuses them;
 *   `storeUnavailable` when the server is too busy
 */
export async function decoded(gathered: GatheredBytes, encoding: string, reader: Reader): Promise<Buffer> {
  const name = encoding.trim().toLowerCase()
  const pieces = gathered.pieces()
  if (name === 'identity') {
    for (const piece of pieces) reader.shape.take(piece)
    return gathered.whole()
  }
  const decoder = decoderFor(name, pieces[0]!)
  if (decoder === null)
    throw new HeadlockError('unsupportedContentEncoding', { encoding: encoding.slice(0, 60) })
  if (gathered.length <= encodedNowBytesMax) {
    try {
      const bytes = decoder.now(gathered.whole())
      reader.shape.take(bytes)
      return bytes
    } catch (error) {
      if (error instanceof HeadlockError) throw error
      if (!isTooLarge(error)) throw damaged(name, error)
    }
  }
  return decodedSlowly({ ...reader, pieces, encoding: name, decoder: decoder.stream() })
}

function decoderFor(name: string, start: Buffer): Decoder | null {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return gzip
    case 'deflate':
      // Some senders leave out the zlib header that belongs to this encoding.
      return hasZlibHeader(start) ? deflate : rawDeflate
    case 'br':
      return brotli
    case 'zstd':
      return zstd
    default:
      return null
  }
}

/** RFC 1950: method 8, and the two bytes are a multiple of 31. */
function hasZlibHeader(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}
