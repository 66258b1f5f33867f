import type { Transform } from 'node:stream'
import { HeadlockError } from '../../domain/errors.ts'
import { limits } from '../../domain/limits.ts'
import type { Millis } from '../../domain/time.ts'
import { invalidInput } from '../errors/errors.ts'
import { Semaphore } from '../overload/semaphore.ts'
import type { JsonShape } from './json-shape.ts'

/**
 * Decoded at a time: half of the threads of the pool, so that what else waits for one is not kept from it. More would also be in
 * memory together, each with a window and all that it has decoded so far.
 */
const semaphore = new Semaphore(2)
/** So much goes to a thread of the pool at a time: no work there can be broken off, and this is done in some 40 ms at the worst. */
const sliceBytes = 64 * 1024
/**
 * Bytes that may go in for one that comes out, and those that nothing need come of. Every usual encoder puts in less than two, also
 * one that is flushed after each few bytes; a decoder holds back what it has of a block, which zstd allows 128 KB. It is work that
 * is counted, not time: an ordinary body is taken however busy the machine and this thread are.
 */
const encodedPerDecodedMax = 4
const fruitlessBytesMax = 256 * 1024
/** How long decoding may take. The work that is allowed takes a few seconds, except on a server that is badly overloaded. */
const retryMsMax: Millis = 60_000

export interface SlowDecoding {
  /** The body as it came. */
  readonly pieces: readonly Buffer[]
  /** The name of its encoding, for refusals. */
  readonly encoding: string
  readonly decoder: Transform
  /** Is shown what comes out, piece by piece; what it refuses is decoded no further. */
  readonly shape: JsonShape
  /** Whether anybody still waits for the outcome. */
  isWanted(): boolean
  /** Milliseconds from any beginning; that of the machine where it is left out. */
  readonly now?: () => Millis
}

/**
 * Decodes in the threads of the pool, in slices: between two of them it can be given up. Some encodings allow data that keep a
 * decoder busy and yield next to nothing, so there is a limit on what goes in for what comes out, beside the one on size.
 *
 * @throws HeadlockError `bodyTooLarge`; `invalidInput` when the data are damaged, yield too little, or the shape refuses them;
 *   `storeUnavailable` when it is not wanted any more, or the server was too busy for a minute
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
      // What it has of this slice could go on for long: a few bytes may stand for all that a body can be.
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
      // It may end before what it is given does, and then says nothing more.
      await Promise.race([ended, written(decoder, slice)])
      if (decoder.readableEnded) break
      takenBytes += slice.length
      if (takenBytes > fruitlessBytesMax + encodedPerDecodedMax * decodedBytes) {
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
