import { InvalidHttp } from './answer-reader.ts'
import type { Call } from './calls.ts'
import type { Judge } from './judge.ts'
import { LateAnswer, RawConnection } from './raw-connection.ts'

/** Upper bound on the tries: enough for every header line and several halvings of a body. */
const triesMax = 60

/** The smallest call with the same fault. Null when the call, sent alone, is answered correctly. */
export async function shrink(
  port: number,
  judge: Judge,
  call: Call,
  timeoutMs: number,
): Promise<{ bytes: Buffer | null }> {
  let tries = 0
  const isFaulty = async (bytes: Buffer): Promise<boolean> => {
    tries++
    const connection = new RawConnection(port)
    try {
      connection.send(bytes)
      const answer = await connection.answer(call.method, timeoutMs)
      return answer === null || judge.ofCall({ ...call, bytes }, answer) !== null
    } catch (error) {
      if (error instanceof InvalidHttp || error instanceof LateAnswer) return true
      throw error
    } finally {
      connection.close()
    }
  }
  if (!(await isFaulty(call.bytes))) return { bytes: null }
  let smallest = call.bytes
  for (const smaller of smallerOnes) {
    for (let step = 0; tries < triesMax; ) {
      const next = smaller(smallest, step)
      if (next === null) break
      if (await isFaulty(next)) smallest = next
      else step++
    }
  }
  return { bytes: smallest }
}

/**
 * Ways to shrink a call. Each returns the bytes without the part of that number; null when there is no such
 * part.
 */
const smallerOnes: readonly ((bytes: Buffer, step: number) => Buffer | null)[] = [
  // Without one header.
  (bytes, step) => {
    const { lines, body } = parts(bytes)
    if (step + 1 >= lines.length) return null
    return joined(
      lines.filter((_, index) => index !== step + 1),
      body,
    )
  },
  // Without one query parameter.
  (bytes, step) => {
    const { lines, body } = parts(bytes)
    const [path, query = ''] = lines[0]!.split(/\?(.*) (?=HTTP)/)
    const pairs = query.split('&')
    if (query === '' || step >= pairs.length) return null
    const left = pairs.filter((_, index) => index !== step)
    const version = lines[0]!.slice(lines[0]!.lastIndexOf(' '))
    return joined(
      [`${path}${left.length === 0 ? '' : `?${left.join('&')}`}${version}`, ...lines.slice(1)],
      body,
    )
  },
  // Without a half of the body, then a quarter; at its end and at its beginning.
  (bytes, step) => {
    const { lines, body } = parts(bytes)
    const place = lines.findIndex((line) => /^content-length: /i.test(line))
    const cut = Math.floor(body.length / 2 ** (1 + (step >> 1)))
    if (place === -1 || cut === 0) return null
    const left = step % 2 === 0 ? body.subarray(0, body.length - cut) : body.subarray(cut)
    return joined(
      lines.map((line, index) => (index === place ? `Content-Length: ${left.length}` : line)),
      left,
    )
  },
]

function parts(bytes: Buffer): { lines: string[]; body: Buffer } {
  const end = bytes.indexOf('\r\n\r\n')
  return { lines: bytes.toString('latin1', 0, end).split('\r\n'), body: bytes.subarray(end + 4) }
}

function joined(lines: readonly string[], body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}
