/**
 * Connections that either side cuts in the middle of a call, and thousands of idle and slow connections.
 * Nothing that was acknowledged may be lost, nothing that was not delivered may stay locked, and no other
 * client may notice.
 */
import { readFile } from 'node:fs/promises'
import type { Answer } from '../fuzz/answer-reader.ts'
import { Bystander } from '../fuzz/bystander.ts'
import { queueNamed } from '../fuzz/campaign.ts'
import { RawConnection } from '../fuzz/raw-connection.ts'
import type { ServerUnderTest } from '../fuzz/server-under-test.ts'
import type { Random } from '../random.ts'

export interface Cutting {
  readonly server: Pick<ServerUnderTest, 'port' | 'token'>
  readonly random: Random
  /** Called with each fault that was found. */
  violated(what: string): void
  /** Called after each cut connection, with the number of acknowledged calls. */
  progress?(cuts: number, acknowledged: number): void
}

/** Longer than any round: a request that is still locked was not given back. */
const lockSecs = 3600
const timeoutMs = 20_000
/** The official clients give up on a call after this time. */
const bystanderTimeoutMs = 5000
const batchSize = 5
/**
 * What may follow the call that is cut: nothing, bytes that end the connection in various ways, or one more
 * call.
 */
const behind = [
  '',
  '',
  'CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  '\0',
  'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
]

/**
 * Works on one queue over so many connections, each cut at a random moment. Then checks the contents of the
 * queue.
 */
export async function cutConnections(
  { server, random, violated, progress }: Cutting,
  count: number,
): Promise<void> {
  const name = `cut-${random.between(0, 2 ** 32 - 1)}`
  const queueId = await queueNamed(server, name)
  const path = `/v2/request-queues/${queueId}`
  const sound = new RawConnection(server.port)
  const call = async (method: string, target: string, body?: unknown) => {
    sound.send(callBytes(server.token, method, target, body))
    const answer = await sound.answer(method, timeoutMs)
    if (answer === null || answer.status >= 300) {
      throw new Error(`${method} ${target}: ${answer?.status} ${answer?.body.toString().slice(0, 300)}`)
    }
    return answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString()).data
  }

  const lockCall = (clientKey: string) =>
    callBytes(server.token, 'POST', `${path}/head/lock?lockSecs=${lockSecs}&limit=5&clientKey=${clientKey}`)

  /** Keys whose add was acknowledged. */
  const added = new Set<string>()
  /**
   * Clients that were cut off while an answer may have been on its way. They may hold locks that they do not
   * know of.
   */
  const doubtful: string[] = []
  const cutOne = async (number: number): Promise<void> => {
    const connection = new RawConnection(server.port)
    // Otherwise nothing of the call would be sent.
    await connection.opened
    if (!connection.isStanding) throw new Error('it was not established')
    const send = (bytes: Buffer) => connection.send(Buffer.concat([bytes, Buffer.from(random.pick(behind))]))
    const dice = random.next()
    if (dice < 0.3) {
      const keys = Array.from({ length: batchSize }, (_, index) => `${name} ${number} ${index}`)
      const requests = keys.map((uniqueKey) => ({ uniqueKey, url: 'https://example.com/' }))
      send(callBytes(server.token, 'POST', `${path}/requests/batch?clientKey=adder-${number}`, requests))
      await cutAtSomeTime(connection, random, async () => {
        await heardOn(connection, 201)
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
        doubtful.push(`gone-${number}`)
        expectStatus(answer, 200)
      }
    } else {
      doubtful.push(`late-${number}`)
      send(lockCall(`late-${number}`))
      await cutAtSomeTime(connection, random, () => heardOn(connection, 200))
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
    for (const clientKey of doubtful) await call('POST', `${path}/requests/unlock?clientKey=${clientKey}`)
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
    sound.close()
  }
}

/** @throws Error when the answer has another status, or when there is none */
async function heardOn(connection: RawConnection, status: number): Promise<void> {
  const answer = await connection.answer('POST', timeoutMs)
  if (answer === null) throw new Error('the server closed it without an answer')
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
 * @throws whatever was wrong before the cut. A missing answer after it is no fault.
 */
async function cutAtSomeTime(
  connection: RawConnection,
  random: Random,
  heard: () => Promise<void>,
): Promise<void> {
  const turns = random.pick([0, 0, 1, 2, 3, 5, 8, 15, 100])
  let isCut = false
  let fault: unknown
  const answered = heard().catch((error) => {
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

export interface Standing {
  /** Connections, beside that of the bystander, that stayed open all the time. */
  readonly connections: number
  /** Calls of the bystander while all of them were open. */
  readonly bystanderCalls: number
  readonly bystanderWorstMs: number
  readonly residentBytes: number
}

/** What a connection sends before it goes idle. */
interface Beginning {
  readonly bytes: Buffer
  /** Whether the connection then sends one space at a time, very slowly. */
  readonly goesOn?: boolean
  /** Whether its client does not read the answers. */
  readonly readsNothing?: boolean
}

/** More answers than the system buffers for a connection, so that the rest waits in the server. */
const unreadAnswers = 20
/**
 * Upper bound on the clients that do not read. Admission would refuse more calls at once
 * (src/http/overload/admission.ts), and this test is not about that.
 */
const notReadingMax = 10
/** How long the server may take to accept a connection that the system has accepted. */
const acceptMs = 10_000

/**
 * Opens so many connections that send nothing, send half a call, send headers or a body very slowly, or stop
 * reading during answers. Beside them a bystander works. The server must not close any of them.
 */
export async function surroundWithIdleConnections(
  { server, random, violated }: Cutting & { readonly server: ServerUnderTest },
  count: number,
  workMs: number,
): Promise<Standing> {
  const beginnings = beginningsWith(server.token)
  const notReading = notReadingWith(server.token)
  const connections: RawConnection[] = []
  const slow: RawConnection[] = []
  let endsAt = Number.POSITIVE_INFINITY
  const bystander = new Bystander(server.port, server.token, bystanderTimeoutMs)
  // The bystander began before them and goes on.
  const working = bystander
    .work(() => performance.now() >= endsAt)
    .catch((error: Error) => violated(`beside ${count} connections: ${error.message}`))
  const expectAll = (when: string) => {
    const standing = connections.filter((connection) => connection.isStanding).length
    if (standing < count) violated(`of ${count} connections ${standing} stood ${when}`)
    return standing
  }
  try {
    while (connections.length < count) {
      const some = Array.from({ length: Math.min(250, count - connections.length) }, (_, index) => {
        const connection = new RawConnection(server.port)
        const { bytes, goesOn, readsNothing } =
          connections.length + index < notReadingMax ? notReading : random.pick(beginnings)
        connection.send(bytes)
        if (readsNothing) connection.stopReading()
        if (goesOn) slow.push(connection)
        return connection
      })
      connections.push(...some)
      await Promise.all(some.map((connection) => connection.opened))
    }
    const accepted = await acceptedBy(server, count)
    if (accepted < count) violated(`of ${count} connections the server holds ${accepted}`)
    expectAll('when all of them had been opened')
    const callsBefore = bystander.callCount
    endsAt = performance.now() + workMs
    const going = (async () => {
      while (performance.now() < endsAt) {
        random.pick(slow).send(Buffer.from(' '))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await working
    await going
    const bystanderCalls = bystander.callCount - callsBefore
    if (bystanderCalls < workMs / 250)
      violated(`beside ${count} connections only ${bystanderCalls} calls were made`)
    return {
      connections: expectAll('at the end'),
      bystanderCalls,
      bystanderWorstMs: bystander.worstMs,
      residentBytes: await server.residentBytes(),
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

function beginningsWith(token: string): Beginning[] {
  const head = `POST /v2/request-queues/~bystander-1/requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`
  return [
    { bytes: Buffer.from('') },
    { bytes: Buffer.from('GET /v2/users/me HT') },
    { bytes: Buffer.from(`${head}X: `), goesOn: true },
    { bytes: Buffer.from(`${head}Content-Length: 100000\r\n\r\n{"url":`), goesOn: true },
    { bytes: Buffer.from(`${head}Content-Length: 9000000\r\n\r\n{"url":`), goesOn: true },
    { bytes: Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"url`) },
    { bytes: Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'), readsNothing: true },
  ]
}

function notReadingWith(token: string): Beginning {
  const call = `GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
  return { bytes: Buffer.from(call.repeat(unreadAnswers)), readsNothing: true }
}

/**
 * How many connections, beside that of the bystander, the server has accepted. Waits a while for `count`.
 * Known on Linux only.
 */
async function acceptedBy(server: ServerUnderTest, count: number): Promise<number> {
  if (process.platform !== 'linux') return count
  const port = server.port.toString(16).toUpperCase().padStart(4, '0')
  // Established and owned by a process. A connection that no process has accepted yet has the inode 0.
  const accepted = new RegExp(`^ *\\d+: [0-9A-F]+:${port} \\S+ 01( +\\S+){5} +[1-9]`, 'gm')
  const deadline = performance.now() + acceptMs
  for (;;) {
    const table = await readFile(`/proc/${server.processId}/net/tcp`, 'latin1')
    const held = (table.match(accepted)?.length ?? 0) - 1
    if (held >= count || performance.now() > deadline) return held
  }
}

function callBytes(token: string, method: string, target: string, body?: unknown): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? '' : 'Content-Type: application/json\r\n'
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${type}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
