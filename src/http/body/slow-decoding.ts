import type { Transform } from 'node:stream'
import { HeadlockError } from '../../domain/errors.ts'
import { limits } from '../../domain/limits.ts'
import type { Millis } from '../../domain/time.ts'
import { invalidInput } from '../errors/errors.ts'
import { Semaphore } from '../overload/semaphore.ts'
import type { JsonShape } from './json-shape.ts'

/**
 * Bounds the bodies that are decoded at a time. Two take half of the threads of the pool, so the other half stays free for other
 * work. It also bounds the memory: each takes a window and what it has decoded so far.
 */
const semaphore = new Semaphore(2)
/** How much is decoded in one step. A step cannot be stopped, and the slowest data take about 40 ms for this much. */
const sliceBytes = 64 * 1024
/**
 * Bounds the encoded bytes for each decoded byte. Usual encoders need less than two, even if flushed after every few bytes. The
 * bound is on work, not on time, so an ordinary body is accepted however busy the machine is.
 */
const encodedPerDecodedMax = 4
/** Encoded bytes that may yield nothing. A decoder holds back an incomplete block, and a block of zstd may have 128 KB. */
const unyieldingBytesMax = 256 * 1024
/** How long decoding may take. The allowed work takes a few seconds, except on a badly overloaded server. */
const retryMsMax: Millis = 60_000

export interface SlowDecoding {
  /** The encoded body. */
  readonly pieces: readonly Buffer[]
  /** The name of the encoding, for refusals. */
  readonly encoding: string
  readonly decoder: Transform
  /** Checks each decoded piece. Decoding stops as soon as it refuses one. */
  readonly shape: JsonShape
  /** Whether the caller is still waiting. */
  isWanted(): boolean
  /** Milliseconds from any starting point. Default: the machine's clock. */
  readonly now?: () => Millis
}

/**
 * Decodes a body in the threads of the pool. It is decoded in slices, so that decoding can stop between two of them. Some encodings
 * allow data that keep a decoder busy and yield almost nothing. So the work for each decoded byte is limited, as well as the size.
 *
 * @throws HeadlockError `bodyTooLarge`; `invalidInput` if the data are damaged, yield too little, or `shape` refuses them;
 *   `storeUnavailable` if the caller is gone, or the server was too busy for a minute
 */
export async function decodedSlowly(decoding: SlowDecoding): Promise<Buffer> {
  return semaphore.run(async () => {
    const { decoder } = decoding
    try {
      return await decode(decoding)
    } finally {
      decoder.destroy()
    }
  })
}

async function decode(decoding: SlowDecoding): Promise<Buffer> {
  const { pieces, encoding, decoder, shape, isWanted, now = () => performance.now() } = decoding
  const decoded: Buffer[] = []
  let takenBytes = 0
  let decodedBytes = 0
  let refusal: Error | null = null
  decoder.on('data', (chunk: Buffer) => {
    if (refusal !== null) return
    decodedBytes += chunk.length
    try {
      if (decodedBytes > limits.bodyBytesMax) throw tooLarge()
      shape.take(chunk)
      decoded.push(chunk)
    } catch (error) {
      refusal = error as Error
      // The rest of this slice could take long: a few bytes may decode to the largest allowed body.
      decoder.destroy(refusal)
    }
  })
  const ended = new Promise<void>((resolve, reject) => {
    decoder.once('end', resolve)
    decoder.on('error', reject)
  })
  const beganAt = now()
  try {
    for (const slice of slicesOf(pieces)) {
      if (!isWanted()) throw new HeadlockError('storeUnavailable', { problem: 'the caller is gone' })
      // The encoded data may end before the body does. The decoder then emits no more events for writes.
      await Promise.race([ended, written(decoder, slice)])
      if (decoder.readableEnded) break
      takenBytes += slice.length
      if (takenBytes > unyieldingBytesMax + encodedPerDecodedMax * decodedBytes) {
        throw yieldsTooLittle(encoding, takenBytes, decodedBytes)
      }
      if (now() - beganAt > retryMsMax) throw tooBusy()
    }
    decoder.end()
    await ended
  } catch (error) {
    throw refusal ?? (error instanceof HeadlockError ? error : damaged(encoding, error))
  }
  return Buffer.concat(decoded, decodedBytes)
}

function* slicesOf(pieces: readonly Buffer[]): Generator<Buffer> {
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += sliceBytes) {
      yield piece.subarray(start, start + sliceBytes)
    }
  }
}

/** Resolves when everything in the slice is decoded. Errors arrive as events of the stream. */
function written(decoder: Transform, slice: Buffer): Promise<void> {
  return new Promise((resolve) => {
    decoder.write(slice, () => resolve())
  })
}

function tooLarge(): HeadlockError {
  const limitBytes = limits.bodyBytesMax
  return new HeadlockError('bodyTooLarge', { limitBytes, actualBytes: `more than ${limitBytes}` })
}

export function damaged(encoding: string, error: unknown): HeadlockError {
  return invalidInput(`the body cannot be decoded as ${encoding}: ${(error as Error).message}`)
}

function yieldsTooLittle(encoding: string, takenBytes: number, decodedBytes: number): HeadlockError {
  return invalidInput(
    `the body yields too little for its length: ${takenBytes} bytes of ${encoding} became ${decodedBytes}; encode it in the usual way, or send it as it is`,
  )
}

/** The body may be fine, so this refusal asks the caller to try again. */
function tooBusy(): HeadlockError {
  return new HeadlockError('storeUnavailable', {
    problem: 'the server is too busy to decode the body',
  })
}
