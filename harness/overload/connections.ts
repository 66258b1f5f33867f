/**
 * Connections that end in the middle of a call, by either side, thousands of idle and slow ones beside them, and what must
 * come of it: nothing that was acknowledged is lost, nothing that was not delivered stays locked, and nobody else notices.
 */
import { readFile } from 'node:fs/promises'
import type { Answer } from '../fuzz/answer-reader.ts'
import { Bystander } from '../fuzz/bystander.ts'
import { queueNamed } from '../fuzz/campaign.ts'
import { Line } from '../fuzz/line.ts'
import type { Victim } from '../fuzz/victim.ts'
import type { Random } from '../random.ts'

export interface Cutting {
  readonly victim: Pick<Victim, 'port' | 'token'>
  readonly random: Random
  /** Is told of what was found. */
  violated(what: string): void
  /** Is told of each connection that was cut, and of calls that were acknowledged. */
  progress?(cuts: number, acknowledged: number): void
}

/** Longer than any round: what stays locked was not given back. */
const lockSecs = 3600
const patienceMs = 20_000
/** The clients give up on a call after that. */
const bystanderPatienceMs = 5000
const batchSize = 5
/** What may come behind the call that is cut: nothing, what ends the connection in ways of its own, or one call more. */
const behind = [
  '',
  '',
  'CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  '\0',
  'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
]

/** One queue, so many connections that are cut at random moments, and a look at what is there afterwards. */
export async function cutConnections(
  { victim, random, violated, progress }: Cutting,
  count: number,
): Promise<void> {
  const name = `cut-${random.between(0, 2 ** 32 - 1)}`
  const queueId = await queueNamed(victim, name)
  const path = `/v2/request-queues/${queueId}`
  const sound = new Line(victim.port)
  const call = async (method: string, target: string, body?: unknown) => {
    sound.send(callBytes(victim.token, method, target, body))
    const answer = await sound.answer(method, patienceMs)
    if (answer === null || answer.status >= 300) {
      throw new Error(`${method} ${target}: ${answer?.status} ${answer?.body.toString().slice(0, 300)}`)
    }
    return answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString()).data
  }

  const lockCall = (clientKey: string) =>
    callBytes(victim.token, 'POST', `${path}/head/lock?lockSecs=${lockSecs}&limit=5&clientKey=${clientKey}`)

  /** Of whose addition a client was told. */
  const added = new Set<string>()
  /** Who was cut off when the answer may have been on its way: it may hold what it never heard of. */
  const doubtful: string[] = []
  const cutOne = async (number: number): Promise<void> => {
    const line = new Line(victim.port)
    // Or nothing of the call would ever be sent.
    await line.opened
    if (!line.isStanding) throw new Error('it did not come about')
    const send = (bytes: Buffer) => line.send(Buffer.concat([bytes, Buffer.from(random.pick(behind))]))
    const dice = random.next()
    if (dice < 0.3) {
      const keys = Array.from({ length: batchSize }, (_, index) => `${name} ${number} ${index}`)
      const requests = keys.map((uniqueKey) => ({ uniqueKey, url: 'https://example.com/' }))
      send(callBytes(victim.token, 'POST', `${path}/requests/batch?clientKey=adder-${number}`, requests))
      await cutAtSomeTime(line, random, async () => {
        await heardOn(line, 201)
        for (const key of keys) added.add(key)
        progress?.(0, 1)
      })
    } else if (dice < 0.6) {
      // It says that it is gone right after its call: an answer that does not come was not delivered (rule 4.6).
      send(lockCall(`gone-${number}`))
      line.end()
      const answer = await line.answer('POST', patienceMs).finally(() => line.close())
      if (answer !== null) {
        doubtful.push(`gone-${number}`)
        expectStatus(answer, 200)
      }
    } else {
      doubtful.push(`late-${number}`)
      send(lockCall(`late-${number}`))
      await cutAtSomeTime(line, random, () => heardOn(line, 200))
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
    // Everything that came before it is done when this is answered.
    await call('GET', path)
    for (const clientKey of doubtful) await call('POST', `${path}/requests/unlock?clientKey=${clientKey}`)
    let stillLocked = await lockedBy(call, path)
    // What follows from an answer that could not be delivered is a call of its own, which may be under way.
    for (let tries = 0; stillLocked.length > 0 && tries < 50; tries++)
      stillLocked = await lockedBy(call, path)
    if (stillLocked.length > 0) {
      violated(
        `locks of clients that were gone before the answer are held: ${stillLocked.slice(0, 5).join()} (queue ${name})`,
      )
    }
    const found = await everything(call, path)
    for (const key of added) if (!found.has(key)) violated(`${key} was acknowledged and is not there`)
    const { totalRequestCount, pendingRequestCount } = await call('GET', path)
    if (totalRequestCount !== found.size || pendingRequestCount !== found.size) {
      violated(
        `${found.size} requests are there, ${totalRequestCount} are counted, ${pendingRequestCount} as pending`,
      )
    }
    await call('DELETE', path)
  } finally {
    sound.close()
  }
}

/** @throws Error when another answer comes than one with that status, or none */
async function heardOn(line: Line, status: number): Promise<void> {
  const answer = await line.answer('POST', patienceMs)
  if (answer === null) throw new Error('the server closed it without an answer')
  expectStatus(answer, status)
}

function expectStatus({ status, body }: Answer, promised: number): void {
  if (status !== promised)
    throw new Error(`${promised} was expected, ${status} ${body.toString().slice(0, 300)} came`)
}

/**
 * Before the call is looked at, while it is, while the answer comes, or when it is there; with a reset or an end.
 *
 * @throws whatever was wrong before it was cut; that no answer comes afterwards is no fault
 */
async function cutAtSomeTime(line: Line, random: Random, heard: () => Promise<void>): Promise<void> {
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
  if (random.next() < 0.5) line.reset()
  else line.close()
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
  const { items } = await call('GET', `${path}/requests?filter=locked&clientKey=witness`)
  return items.map(({ lockByClient }) => lockByClient!)
}

async function everything(call: CallQueue, path: string): Promise<Set<string>> {
  const found = new Set<string>()
  let place = ''
  for (;;) {
    const { items, nextCursor } = await call('GET', `${path}/requests?clientKey=witness${place}`)
    for (const { uniqueKey } of items) found.add(uniqueKey)
    if (nextCursor === undefined) return found
    place = `&cursor=${encodeURIComponent(nextCursor)}`
  }
}

export interface Standing {
  /** Connections beside that of the bystander that stood all the time. */
  readonly connections: number
  /** Calls that were made while all of them stood. */
  readonly bystanderCalls: number
  readonly bystanderWorstMs: number
  readonly residentBytes: number
}

/** How a connection begins that then stands around. */
interface Beginning {
  readonly bytes: Buffer
  /** Whether any number of spaces may follow: it goes on slower than anybody. */
  readonly goesOn?: boolean
  /** Whether its client takes nothing of what is answered. */
  readonly isDeaf?: boolean
}

/** More than the system keeps for a connection: the rest of the answers waits in the server. */
const untakenAnswers = 20
/** So many clients do not take them: more calls at once would be refused (src/http/overload/admission.ts), and that is none of this. */
const deafMax = 10
/** For the server to accept a connection that its system has accepted. */
const acceptMs = 10_000

/**
 * So many connections that say nothing, that say half a call, that send headers or a body slower than anybody, and some that
 * stop reading with answers under way; beside them somebody who works. None of it is a reason to close one of them.
 */
export async function crowdAround(
  { victim, random, violated }: Cutting & { readonly victim: Victim },
  count: number,
  workMs: number,
): Promise<Standing> {
  const beginnings = beginningsWith(victim.token)
  const deaf = deafWith(victim.token)
  const lines: Line[] = []
  const slow: Line[] = []
  let endsAt = Number.POSITIVE_INFINITY
  const bystander = new Bystander(victim.port, victim.token, bystanderPatienceMs)
  // Somebody who was there before them, and does not stop.
  const working = bystander
    .work(() => performance.now() >= endsAt)
    .catch((error: Error) => violated(`beside ${count} connections: ${error.message}`))
  const expectAll = (when: string) => {
    const standing = lines.filter((line) => line.isStanding).length
    if (standing < count) violated(`of ${count} connections ${standing} stood ${when}`)
    return standing
  }
  try {
    while (lines.length < count) {
      const some = Array.from({ length: Math.min(250, count - lines.length) }, (_, index) => {
        const line = new Line(victim.port)
        const { bytes, goesOn, isDeaf } = lines.length + index < deafMax ? deaf : random.pick(beginnings)
        line.send(bytes)
        if (isDeaf) line.stopReading()
        if (goesOn) slow.push(line)
        return line
      })
      lines.push(...some)
      await Promise.all(some.map((line) => line.opened))
    }
    const accepted = await acceptedBy(victim, count)
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
      residentBytes: await victim.residentBytes(),
    }
  } finally {
    for (const line of lines) line.close()
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
    { bytes: Buffer.from('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'), isDeaf: true },
  ]
}

function deafWith(token: string): Beginning {
  const call = `GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
  return { bytes: Buffer.from(call.repeat(untakenAnswers)), isDeaf: true }
}

/** How many connections the server has accepted beside that of the bystander, after some time for it. Known on Linux alone. */
async function acceptedBy(victim: Victim, count: number): Promise<number> {
  if (process.platform !== 'linux') return count
  const port = victim.port.toString(16).toUpperCase().padStart(4, '0')
  // Established, and held by a process: until one has accepted it, a connection has the inode 0.
  const accepted = new RegExp(`^ *\\d+: [0-9A-F]+:${port} \\S+ 01( +\\S+){5} +[1-9]`, 'gm')
  const deadline = performance.now() + acceptMs
  for (;;) {
    const table = await readFile(`/proc/${victim.processId}/net/tcp`, 'latin1')
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
