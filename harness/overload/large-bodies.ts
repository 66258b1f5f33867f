/**
 * More large bodies at once than the heap of a server can hold. It must refuse some and survive all of them.
 */
import { limits } from '../../src/domain/limits.ts'
import { Bystander } from '../fuzz/bystander.ts'
import { queueNamed } from '../fuzz/campaign.ts'
import { ServerUnderTest } from '../fuzz/server-under-test.ts'
import type { Random } from '../random.ts'
import { Crowd } from './arrivals.ts'

export interface Pressure {
  readonly random: Random
  readonly heapMegabytes: number
  readonly callCount: number
  /** Called with each fault that was found. */
  violated(what: string): void
}

const clientCount = 30
/** Bounds the wait for an answer. A large body takes long, and others wait for it. */
const timeoutMs = 60_000
const bodyBytes = 9_000_000

/** As many values of two bytes and a comma as a body may have, and then a text. */
function valuesThenText(value: string): string {
  const values = `${value},`.repeat(limits.jsonValuesMax / 2 - 100)
  return `"userData":{"a":[${values}"${'x'.repeat(bodyBytes - values.length)}"]}`
}

/** Bodies below the limits of a single body that cost as much as possible to parse and to store. */
const fillers: readonly (() => string)[] = [
  () => `"payload":"${'x'.repeat(bodyBytes)}"`,
  () => `"payload":"${'é'.repeat(bodyBytes / 2)}"`,
  () => valuesThenText('[]'),
  () => valuesThenText('{}'),
  () => valuesThenText('12'),
  () => `"payload":"${'\\u0000'.repeat(bodyBytes / 6)}"`,
]

/** @returns how many calls were accepted, and how many were refused */
export async function pressMemory({ random, heapMegabytes, callCount, violated }: Pressure): Promise<{
  readonly accepted: number
  readonly refused: number
}> {
  const server = await ServerUnderTest.start({ nodeFlags: [`--max-old-space-size=${heapMegabytes}`] })
  const crowd = new Crowd(server.port, timeoutMs)
  try {
    const queueId = await queueNamed(server, 'large')
    let calls = 0
    const next = () => {
      const body = `{"url":"https://example.com/","uniqueKey":"large ${calls++}",${random.pick(fillers)()}}`
      const head = `POST /v2/request-queues/${queueId}/requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
      return Buffer.from(head + body)
    }
    const bystander = new Bystander(server.port, server.token, timeoutMs)
    let isOver = false
    const working = bystander
      .work(() => isOver)
      .catch((error: Error) => violated(`beside large bodies: ${error.message} (heap ${heapMegabytes} MB)`))
    const outcome = { accepted: 0, refused: 0 }
    const client = async () => {
      while (calls < callCount && server.exit === null) {
        const { answer } = await crowd.call('POST', next())
        if (answer.status === 201) outcome.accepted++
        else if (answer.status === 503 && answer.headers.get('retry-after') !== undefined) outcome.refused++
        else violated(`a large body got ${answer.status}: ${answer.body.toString().slice(0, 300)}`)
      }
    }
    await Promise.all(Array.from({ length: clientCount }, client)).catch((error: Error) =>
      violated(String(error)),
    )
    isOver = true
    await working
    if (server.exit !== null)
      violated(`the server died of large bodies (${server.exit}): ${server.errors.slice(0, 500)}`)
    if (outcome.accepted === 0) violated('none of the large bodies was accepted')
    for (const line of server.complaints)
      if (!line.includes('too many calls')) violated(`the log has a warning: ${line}`)
    return outcome
  } finally {
    crowd.close()
    await server.kill()
  }
}
