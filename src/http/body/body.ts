import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { HeadlockError } from '../../domain/errors.ts'
import { limits } from '../../domain/limits.ts'
import { callOf } from '../call-context.ts'
import { invalidInput } from '../errors/errors.ts'
import { hasNoRoute } from '../errors/not-found.ts'
import type { Admission } from '../overload/admission.ts'
import { decoded } from './content-encoding.ts'
import { readForm } from './form-body.ts'
import { GatheredBytes } from './gathered-bytes.ts'
import { isSurelyAllowed, JsonShape, shapelessBytesMax } from './json-shape.ts'

/**
 * How much of a body that is too large is read before the answer. Some clients treat an answer as a broken connection while
 * they are still sending, and repeat the call. Nearly all bodies end before this limit.
 */
const drainBytesMax = 4 * limits.bodyBytesMax

type Done = (error: Error | null, body?: unknown) => void

/**
 * Reads bodies in place of Fastify's own parsers: every content type and encoding comes here, so that each
 * refusal is ours (rules 9.4, 9.9), and one size limit applies to the sent and to the decoded body.
 */
export function addBodyParser(app: FastifyInstance, admission: Admission): void {
  app.removeAllContentTypeParsers()
  // The first name alone would do; with the second one Fastify finds its parser for JSON in a cache.
  app.addContentTypeParser(['*', 'application/json'], (request, _payload, done) => {
    // The body of a call to an unknown path is not read.
    if (hasNoRoute(request)) done(null, undefined)
    else if (request.routeOptions.config.form) readForm(request.raw, done)
    else readBody(request.raw, admission, done)
  })
}

/**
 * Fastify looks at the content type before it knows whether there is a body at all. The clients send any type
 * with bodies of length 0 (rule 9.9): without one, nothing has to be read.
 */
export function forgetTypeOfEmptyBody({ headers }: IncomingMessage): void {
  if (headers['content-type'] === undefined || headers['transfer-encoding'] !== undefined) return
  const length = headers['content-length']
  if (length === undefined || length === '0') headers['content-type'] = undefined
}

/** Whether a body follows the head of a call. Call `forgetTypeOfEmptyBody` before. */
export function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length } = headers
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/** Reads, decodes and parses the body of a call, within its limits. */
export function readBody(message: IncomingMessage, admission: Admission, done: Done): void {
  const { 'content-length': declared, 'content-encoding': encoding } = message.headers
  let tooLarge = declared !== undefined && Number(declared) > limits.bodyBytesMax
  let receivedBytes = 0
  const gathered = new GatheredBytes()
  let settled = false
  const call = callOf(message)

  // Early: a body that there is no room for is not waited for.
  if (!tooLarge && declared !== undefined && !admission.hasRoomFor(Number(declared))) {
    settled = true
    done(admission.refusalForMemory())
    return
  }
  message.on('data', (chunk: Buffer) => {
    // Everything that arrives after the answer is dropped.
    if (settled) return
    receivedBytes += chunk.length
    if (!tooLarge && !admission.hold(call, receivedBytes)) {
      gathered.clear()
      settle(admission.refusalForMemory())
    } else if (receivedBytes > limits.bodyBytesMax) {
      tooLarge = true
      gathered.clear()
      if (receivedBytes > drainBytesMax) settle(bodyTooLarge(declared))
    } else if (!tooLarge) {
      gathered.add(chunk)
    }
  })
  message.on('end', () => {
    if (tooLarge) {
      settle(bodyTooLarge(declared))
      return
    }
    if (encoding === undefined || receivedBytes === 0) {
      settleWith(plain)
      return
    }
    const reader = { shape: new JsonShape(), isWanted: () => !call.response.closed }
    decoded(gathered, encoding, reader).then(settleDecoded, settle)
  })
  call.onBrokenBody(settle)
  message.on('error', () => settle(invalidInput('the connection was closed in the middle of the body')))

  /** Checks only bodies that are long enough to be nested too deeply. Most bodies are short, and cost nothing here. */
  function plain(): Buffer {
    if (receivedBytes > shapelessBytesMax) {
      assertJsonType(message.headers['content-type'])
      const whole = gathered.length <= limits.jsonNamesMax ? gathered.whole() : null
      if (whole !== null && isSurelyAllowed(whole)) return whole
      const shape = new JsonShape()
      for (const piece of gathered.pieces()) shape.take(piece)
    }
    return gathered.whole()
  }

  function settleDecoded(bytes: Buffer): void {
    if (admission.hold(call, receivedBytes + bytes.length)) settleWith(() => bytes)
    else settle(admission.refusalForMemory())
  }

  function settleWith(bytes: () => Buffer): void {
    let error: Error | null = null
    let body: unknown
    try {
      body = parse(bytes(), message.headers['content-type'])
    } catch (refusal) {
      error = refusal as Error
    }
    settle(error, body)
  }

  function settle(error: Error | null, body?: unknown): void {
    if (settled) return
    settled = true
    done(error, body)
  }
}

function bodyTooLarge(declared: string | undefined): HeadlockError {
  const limitBytes = limits.bodyBytesMax
  return new HeadlockError('bodyTooLarge', { limitBytes, actualBytes: declared ?? `more than ${limitBytes}` })
}

/** @throws HeadlockError `invalidContentType`, `invalidInput` */
function parse(bytes: Buffer, contentType: string | undefined): unknown {
  if (bytes.length === 0) return undefined
  assertJsonType(contentType)
  if (!isUtf8(bytes)) throw invalidInput('the body is not valid UTF-8')
  const hasByteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const text = bytes.toString('utf8', hasByteOrderMark ? 3 : 0)
  try {
    // A key like __proto__ becomes an ordinary property here, and nothing in this server assigns by it.
    return JSON.parse(text)
  } catch (error) {
    // V8 repeats a piece of the body, and clients keep messages.
    const message = (error as Error).message.replace(/, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, '')
    throw invalidInput(`the body is not valid JSON: ${message} (it has ${text.length} characters)`)
  }
}

function assertJsonType(contentType: string | undefined): void {
  if (contentType !== undefined && !isJsonType(contentType)) {
    throw new HeadlockError('invalidContentType', { contentType })
  }
}

function isJsonType(contentType: string): boolean {
  return contentType === 'application/json' || /^\s*application\/json\s*(;|$)/i.test(contentType)
}
