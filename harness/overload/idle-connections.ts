/** Thousands of idle and slow connections. The server must keep them open, and other clients must not notice. */
import { readFile } from 'node:fs/promises'
import { Bystander } from '../fuzz/bystander.ts'
import { RawConnection } from '../fuzz/raw-connection.ts'
import type { ServerUnderTest } from '../fuzz/server-under-test.ts'
import type { ConnectionTrial } from './cut-connections.ts'

/** The official clients give up on a call after this time. */
const bystanderTimeoutMs = 5000

export interface IdleOutcome {
  /** Connections that stayed open all the time. The one of the bystander does not count. */
  readonly connections: number
  /** Calls of the bystander while all of them were open. */
  readonly bystanderCalls: number
  readonly bystanderWorstMs: number
  readonly residentBytes: number
}

/** What an idle connection sends first, and what it does then. */
interface Opening {
  readonly bytes: Buffer
  /** Whether the connection then slowly sends one space after another. */
  readonly sendsSlowly?: boolean
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
 * Opens `count` connections that send nothing, send half a call, send headers or a body very slowly, or do not read
 * their answers. Meanwhile a bystander works. The server must not close any of the connections.
 */
export async function surroundWithIdleConnections(
  { server, random, violated }: ConnectionTrial & { readonly server: ServerUnderTest },
  count: number,
  workMs: number,
): Promise<IdleOutcome> {
  const openings = openingsWith(server.token)
  const notReading = notReadingWith(server.token)
  const connections: RawConnection[] = []
  const slow: RawConnection[] = []
  let endsAt = Number.POSITIVE_INFINITY
  const bystander = new Bystander(server.port, server.token, bystanderTimeoutMs)
  // The bystander begins before the connections are opened.
  const working = bystander
    .work(() => performance.now() >= endsAt)
    .catch((error: Error) => violated(`beside ${count} connections: ${error.message}`))
  const expectAllOpen = (when: string) => {
    const openCount = connections.filter((connection) => connection.isStanding).length
    if (openCount < count) violated(`of ${count} connections ${openCount} were open ${when}`)
    return openCount
  }
  try {
    while (connections.length < count) {
      const some = Array.from({ length: Math.min(250, count - connections.length) }, (_, index) => {
        const connection = new RawConnection(server.port)
        const { bytes, sendsSlowly, readsNothing } =
          connections.length + index < notReadingMax ? notReading : random.pick(openings)
        connection.send(bytes)
        if (readsNothing) connection.stopReading()
        if (sendsSlowly) slow.push(connection)
        return connection
      })
      connections.push(...some)
      await Promise.all(some.map((connection) => connection.opened))
    }
    const accepted = await acceptedBy(server, count)
    if (accepted < count) violated(`of ${count} connections the server holds ${accepted}`)
    expectAllOpen('when all of them had been opened')
    const callsBefore = bystander.callCount
    endsAt = performance.now() + workMs
    const slowSending = (async () => {
      while (performance.now() < endsAt) {
        random.pick(slow).send(Buffer.from(' '))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await working
    await slowSending
    const bystanderCalls = bystander.callCount - callsBefore
    if (bystanderCalls < workMs / 250)
      violated(`beside ${count} connections only ${bystanderCalls} calls were made`)
    return {
      connections: expectAllOpen('at the end'),
      bystanderCalls,
      bystanderWorstMs: bystander.worstMs,
      residentBytes: await server.residentBytes(),
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

function openingsWith(token: string): Opening[] {
  const head = `POST /v2/request-queues/~bystander-1/requests HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`
  return [
    { bytes: Buffer.from('') },
    { bytes: Buffer.from('GET /v2/users/me HT') },
    { bytes: Buffer.from(`${head}X: `), sendsSlowly: true },
    { bytes: Buffer.from(`${head}Content-Length: 100000\r\n\r\n{"url":`), sendsSlowly: true },
    { bytes: Buffer.from(`${head}Content-Length: 9000000\r\n\r\n{"url":`), sendsSlowly: true },
    { bytes: Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"url`) },
    { bytes: Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'), readsNothing: true },
  ]
}

function notReadingWith(token: string): Opening {
  const call = `GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
  return { bytes: Buffer.from(call.repeat(unreadAnswers)), readsNothing: true }
}

/**
 * How many connections the server has accepted, without the one of the bystander. Waits up to 10 seconds for `count`.
 * Only Linux shows this.
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
