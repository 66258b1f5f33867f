/** Bytes that are not a valid call: they break off, have a wrong length, or are not HTTP at all. */
import type { Random } from '../random.ts'
import type { Call } from './calls.ts'
import { chance, randomBytes } from './values.ts'

export interface BrokenCall {
  /** Sent one after the other, each in a packet of its own. */
  readonly pieces: readonly Buffer[]
  /**
   * What the caller does afterwards. `end`: closes its side and reads on. `reset`: resets the connection.
   * `listen`: only reads, because the server has seen enough to close the connection by itself.
   */
  readonly after: 'end' | 'reset' | 'listen'
}

/** A broken call for the rest of a connection. Nothing can follow it. */
export function brokenCall(random: Random, sound: Call): BrokenCall {
  const dice = random.next()
  if (dice < 0.35) return cutShort(random, sound.bytes)
  if (dice < 0.5) return { pieces: slices(random, bitsFlipped(random, sound.bytes)), after: 'end' }
  if (dice < 0.6) return { pieces: [lyingLength(random, sound)], after: 'end' }
  return { pieces: slices(random, random.pick(hopeless)(random)), after: 'listen' }
}

function cutShort(random: Random, bytes: Buffer): BrokenCall {
  const part = bytes.subarray(0, random.between(0, Math.min(bytes.length - 1, 100_000)))
  return { pieces: slices(random, part), after: random.pick(['end', 'reset']) }
}

function slices(random: Random, bytes: Buffer): Buffer[] {
  if (chance(random, 0.5)) return [bytes]
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const next = at + random.between(1, Math.max(1, Math.floor(bytes.length / 3)))
    pieces.push(bytes.subarray(at, next))
    at = next
  }
  return pieces
}

function bitsFlipped(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let count = random.between(1, 4); count > 0; count--) {
    const at = random.between(0, Math.min(copy.length - 1, 400))
    copy[at] = copy[at]! ^ (1 << random.between(0, 7))
  }
  return copy
}

/**
 * Declares a length that is larger or smaller than the body. If it is smaller, the rest of the body begins an
 * invalid call.
 */
function lyingLength(random: Random, { bytes }: Call): Buffer {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, end)
  const length = random.pick([
    '1',
    '3',
    '1000',
    '9437185',
    '18446744073709551616',
    '-1',
    '0x5',
    '5, 5',
    '5 5',
    '+5',
  ])
  const lied = /^Content-Length: /im.test(head)
    ? head.replace(/^Content-Length: .*$/im, `Content-Length: ${length}`)
    : `${head}\r\nContent-Length: ${length}`
  return Buffer.concat([Buffer.from(`${lied}\r\n\r\n`, 'latin1'), bytes.subarray(end + 4)])
}

const post = 'POST /v2/request-queues HTTP/1.1\r\nHost: localhost\r\n'

/** No bytes that follow these could make them a valid call. */
const hopeless: readonly ((random: Random) => Buffer)[] = [
  // A first byte with which no method begins.
  (random) => Buffer.concat([Buffer.from([random.pick([0, 0x16, 0x80, 0xff])]), randomBytes(random, 200)]),
  // The opening bytes of other protocols: TLS, SSH, HTTP/2, and a browser of 1991.
  () => Buffer.from('160301020001000001fc0303', 'hex'),
  () => Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
  () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  () => Buffer.from('GET /\r\n\r\n'),
  () => Buffer.from('GET / HTTP/9.9\r\n\r\n'),
  () => Buffer.from('CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  () => Buffer.from('GET nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  () => Buffer.from('get / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  () => Buffer.from('BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  () => Buffer.from(`GET /\u00e9 HTTP/1.1\r\nHost x\r\n\r\n`, 'latin1'),
  // Invalid headers.
  () => Buffer.from('GET / HTTP/1.1\r\nno colon here\r\n\r\n'),
  () => Buffer.from('GET / HTTP/1.1\r\nX : y\r\n\r\n'),
  () => Buffer.from('GET / HTTP/1.1\r\nX: a\0b\r\n\r\n'),
  () => Buffer.from('GET / HTTP/1.1\r\nX\0: a\r\n\r\n'),
  () => Buffer.from('GET / HTTP/1.1\r\n: empty\r\n\r\n'),
  // Too many headers, or too long a line.
  () => Buffer.from(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
  () => Buffer.from(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(5000)}\r\n`),
  () => Buffer.from(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`),
  // Two lengths, or a length that cannot be read.
  () => Buffer.from(`${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  () => Buffer.from(`${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a":1}`),
  () => Buffer.from(`${post}Content-Length: five\r\n\r\n`),
  () => Buffer.from(`${post}Content-Length: 99999999999999999999999999\r\n\r\n`),
  () => Buffer.from(`${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`),
  () => Buffer.from(`${post}Transfer-Encoding: nonsense\r\n\r\n`),
  // Invalid chunks.
  () => Buffer.from(`${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`),
  () => Buffer.from(`${post}Transfer-Encoding: chunked\r\n\r\n-1\r\n`),
  () => Buffer.from(`${post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`),
  () => Buffer.from(`${post}Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n`),
  () => Buffer.from(`${post}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n`),
]
