/**
 * Connections that either side cuts in the middle of a call. Acknowledged calls must not be lost, and requests
 * whose answer was not delivered must not stay locked.
 */
import type { Answer } from '../fuzz/answer-reader.ts'
import { queueNamed } from '../fuzz/campaign.ts'
import { RawConnection } from '../fuzz/raw-connection.ts'
import type { ServerUnderTest } from '../fuzz/server-under-test.ts'
import type { Random } from '../random.ts'

export interface ConnectionTrial {
  readonly server: Pick<ServerUnderTest, 'port' | 'token'>
  readonly random: Random
  /** Called with each fault that is found. */
  violated(what: string): void
  /** Called after each cut connection, with the number of acknowledged calls. */
  progress?(cuts: number, acknowledged: number): void
}

/** Longer than any round. So a request that is still locked was not given back. */
const lockSecs = 3600
const timeoutMs = 20_000
const batchSize = 5
/**
 * What may follow the call that is cut: nothing, bytes that end the connection in various ways, or one more
 * call.
 */
const followers = [
  '',
  '',
  'CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  '\0',
  'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
]

/**
 * Works on one queue over `count` connections and cuts each at a random moment. Then checks the contents of the
 * queue.
 */
export async function cutConnections(
  { server, random, violated, progress }: ConnectionTrial,
  count: number,
): Promise<void> {
  const name = `cut-${random.between(0, 2 ** 32 - 1)}`
  const queueId = await queueNamed(server, name)
  const path = `/v2/request-queues/${queueId}`
  const stable = new RawConnection(server.port)
  const call = async (method: string, target: string, body?: unknown) => {
    stable.send(callBytes(server.token, method, target, body))
    const answer = await stable.answer(method, timeoutMs)
    if (answer === null || answer.status >= 300) {
      throw new Error(`${method} ${target}: ${answer?.status} ${answer?.body.toString().slice(0, 300)}`)
    }
    return answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString()).data
  }

  const lockCall = (clientKey: string) =>
    callBytes(server.token, 'POST', `${path}/head/lock?lockSecs=${lockSecs}&limit=5&clientKey=${clientKey}`)

  /** Unique keys of requests whose add was acknowledged. */
  const added = new Set<string>()
  /**
   * Clients that were cut off while an answer may have been on its way. They may hold locks that they do not
   * know of.
   */
  const cutOff: string[] = []
  const cutOne = async (number: number): Promise<void> => {
    const connection = new RawConnection(server.port)
    // Otherwise nothing of the call would be sent.
    await connection.opened
    if (!connection.isStanding) throw new Error('the connection was not established')
    const send = (bytes: Buffer) =>
      connection.send(Buffer.concat([bytes, Buffer.from(random.pick(followers))]))
    const dice = random.next()
    if (dice < 0.3) {
      const keys = Array.from({ length: batchSize }, (_, index) => `${name} ${number} ${index}`)
      const requests = keys.map((uniqueKey) => ({ uniqueKey, url: 'https://example.com/' }))
      send(callBytes(server.token, 'POST', `${path}/requests/batch?clientKey=adder-${number}`, requests))
      await cutAtSomeTime(connection, random, async () => {
        await expectAnswer(connection, 201)
        for (const key of keys) added.add(key)
        progress?.(0, 1)
      })
    } else if (dice < 0.6) {
      // This client closes its side right after its call. If no answer arrives, it counts as not delivered
      // (rule 4.6).
      send(lockCall(`gone-${number}`))
      connection.end()
      const answer = await connection.answer('POST', timeoutMs).finally(() => connection.close())
      if (answer !== null) {
        cutOff.push(`gone-${number}`)
        expectStatus(answer, 200)
      }
    } else {
      cutOff.push(`late-${number}`)
      send(lockCall(`late-${number}`))
      await cutAtSomeTime(connection, random, () => expectAnswer(connection, 200))
    }
    progress?.(1, 0)
  }

  try {
    await call(
      'POST',
      `${path}/requests/batch`,
      [0, 1, 2, 3].map((index) => ({ uniqueKey: `${name} first ${index}`, url: 'https://example.com/' })),
    )
    for (let number = 0; number < count; ) {
      const some = Math.min(random.between(1, 50), count - number)
      const cuts = Array.from({ length: some }, (_, index) =>
        cutOne(number + index).catch((error: Error) =>
          violated(`connection ${number + index}: ${error.message} (queue ${name}, seed ${random.seed})`),
        ),
      )
      await Promise.all(cuts)
      number += some
    }
    // The answer to this call means that all calls before it are done.
    await call('GET', path)
    for (const clientKey of cutOff) await call('POST', `${path}/requests/unlock?clientKey=${clientKey}`)
    let stillLocked = await lockedBy(call, path)
    // Giving back undelivered locks is a call of its own, which may still be under way.
    for (let tries = 0; stillLocked.length > 0 && tries < 50; tries++)
      stillLocked = await lockedBy(call, path)
    if (stillLocked.length > 0) {
      violated(
        `requests are still locked by clients that left before their answer: ${stillLocked.slice(0, 5).join()} (queue ${name})`,
      )
    }
    const found = await everything(call, path)
    for (const key of added) if (!found.has(key)) violated(`${key} was acknowledged but is missing`)
    const { totalRequestCount, pendingRequestCount } = await call('GET', path)
    if (totalRequestCount !== found.size || pendingRequestCount !== found.size) {
      violated(
        `${found.size} requests are listed, ${totalRequestCount} are counted, ${pendingRequestCount} as pending`,
      )
    }
    await call('DELETE', path)
  } finally {
    stable.close()
  }
}

/** @throws Error when the answer has another status, or when there is none */
async function expectAnswer(connection: RawConnection, status: number): Promise<void> {
  const answer = await connection.answer('POST', timeoutMs)
  if (answer === null) throw new Error('the server closed the connection without an answer')
  expectStatus(answer, status)
}

function expectStatus({ status, body }: Answer, promised: number): void {
  if (status !== promised)
    throw new Error(`expected ${promised}, got ${status} ${body.toString().slice(0, 300)}`)
}

/**
 * Cuts the connection before the call is read, during it, during the answer, or after it; with a reset or an
 * end.
 *
 * @throws the error of `receiveAnswer`, if it came before the cut. A missing answer after the cut is not a fault.
 */
async function cutAtSomeTime(
  connection: RawConnection,
  random: Random,
  receiveAnswer: () => Promise<void>,
): Promise<void> {
  const turns = random.pick([0, 0, 1, 2, 3, 5, 8, 15, 100])
  let isCut = false
  let fault: unknown
  const answered = receiveAnswer().catch((error) => {
    if (!isCut) fault = error
  })
  if (turns < 100) {
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
  } else await answered
  isCut = true
  if (random.next() < 0.5) connection.reset()
  else connection.close()
  await answered
  if (fault !== undefined) throw fault
}

type CallQueue = (
  method: string,
  target: string,
) => Promise<{
  items: { uniqueKey: string; lockByClient?: string }[]
  nextCursor?: string
}>

async function lockedBy(call: CallQueue, path: string): Promise<string[]> {
  const { items } = await call('GET', `${path}/requests?filter=locked&clientKey=observer`)
  return items.map(({ lockByClient }) => lockByClient!)
}

async function everything(call: CallQueue, path: string): Promise<Set<string>> {
  const found = new Set<string>()
  let place = ''
  for (;;) {
    const { items, nextCursor } = await call('GET', `${path}/requests?clientKey=observer${place}`)
    for (const { uniqueKey } of items) found.add(uniqueKey)
    if (nextCursor === undefined) return found
    place = `&cursor=${encodeURIComponent(nextCursor)}`
  }
}

function callBytes(token: string, method: string, target: string, body?: unknown): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? '' : 'Content-Type: application/json\r\n'
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${type}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
