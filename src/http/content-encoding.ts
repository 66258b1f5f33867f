import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { HeadlockError } from '../domain/errors.ts'
import { limits } from '../domain/limits.ts'
import { invalidInput } from './errors.ts'
import { Semaphore } from './semaphore.ts'

interface Decoder {
  /** Throws `ERR_BUFFER_TOO_LARGE` as soon as the output would pass `maxOutputLength`. */
  now(bytes: Buffer, options: { maxOutputLength: number }): Buffer
  /** The same in a thread of the pool. */
  later(bytes: Buffer, options: { maxOutputLength: number; chunkSize: number }): Promise<Buffer>
}

const gzip: Decoder = { now: zlib.gunzipSync, later: promisify(zlib.gunzip) }
const deflate: Decoder = { now: zlib.inflateSync, later: promisify(zlib.inflate) }
const rawDeflate: Decoder = { now: zlib.inflateRawSync, later: promisify(zlib.inflateRaw) }
const brotli: Decoder = { now: zlib.brotliDecompressSync, later: promisify(zlib.brotliDecompress) }
const zstd: Decoder = { now: zlib.zstdDecompressSync, later: promisify(zlib.zstdDecompress) }

/**
 * What one batch of common requests decodes to, with room to spare. That much is decoded at once in well
 * under a millisecond, faster than a thread can be asked to.
 */
const decodeNowBytesMax = 256 * 1024
const chunkSize = 256 * 1024

/**
 * Decoded at a time: more than the threads of the pool would only be in memory together, each with a window and all that
 * it has decoded so far.
 */
const semaphore = new Semaphore(4)

/**
 * The body as it was before `Content-Encoding` (rule 9.4). A bomb is stopped at the limit, not unpacked.
 *
 * @throws HeadlockError `unsupportedContentEncoding`, `bodyTooLarge`, `invalidInput` when the data are
 *   damaged
 */
export async function decoded(bytes: Buffer, encoding: string): Promise<Buffer> {
  const name = encoding.trim().toLowerCase()
  if (name === 'identity') return bytes
  const decoder = decoderFor(name, bytes)
  if (decoder === null)
    throw new HeadlockError('unsupportedContentEncoding', { encoding: encoding.slice(0, 60) })
  try {
    return decoder.now(bytes, { maxOutputLength: decodeNowBytesMax })
  } catch (error) {
    if (!isTooLarge(error)) throw damaged(name, error)
  }
  try {
    return await semaphore.run(() =>
      decoder.later(bytes, { maxOutputLength: limits.bodyBytesMax, chunkSize }),
    )
  } catch (error) {
    if (!isTooLarge(error)) throw damaged(name, error)
    const limitBytes = limits.bodyBytesMax
    throw new HeadlockError('bodyTooLarge', { limitBytes, actualBytes: `more than ${limitBytes}` })
  }
}

function decoderFor(name: string, bytes: Buffer): Decoder | null {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return gzip
    case 'deflate':
      // Some senders leave out the zlib header that the name stands for.
      return hasZlibHeader(bytes) ? deflate : rawDeflate
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

function damaged(name: string, error: unknown): HeadlockError {
  return invalidInput(`the body cannot be decoded as ${name}: ${(error as Error).message}`)
}
