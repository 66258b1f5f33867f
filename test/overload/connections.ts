/**
 * Connections that end in the middle of a call, by either side, thousands of idle and slow ones beside them, and what must
 * come of it: nothing that was acknowledged is lost, nothing that was not delivered stays locked, and nobody else notices.
 */
import { Bystander } from '../fuzz/bystander.ts'
import { queueNamed } from '../fuzz/campaign.ts'
import { Line } from '../fuzz/line.ts'
import type { Victim } from '../fuzz/victim.ts'
import type { Random } from '../support/random.ts'

export interface Cutting {
  readonly victim: Victim
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
    const dice = random.next()
    if (dice < 0.3) {
      const keys = Array.from({ length: batchSize }, (_, index) => `${name} ${number} ${index}`)
      const requests = keys.map((uniqueKey) => ({ uniqueKey, url: 'https://example.com/' }))
      line.send(callBytes(victim.token, 'POST', `${path}/requests/batch?clientKey=adder-${number}`, requests))
      await cutAtSomeTime(line, random, async () => {
        const answer = await line.answer('POST', patienceMs)
        if (answer?.status !== 201) return
        for (const key of keys) added.add(key)
        progress?.(0, 1)
      })
    } else if (dice < 0.6) {
      // It says that it is gone right after its call: an answer that does not come was not delivered (rule 4.6).
      line.send(lockCall(`gone-${number}`))
      line.end()
      const answer = await line.answer('POST', patienceMs)
      if (answer !== null) doubtful.push(`gone-${number}`)
      line.close()
    } else {
      doubtful.push(`late-${number}`)
      line.send(lockCall(`late-${number}`))
      await cutAtSomeTime(line, random, async () => {
        await line.answer('POST', patienceMs)
      })
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
      await Promise.all(Array.from({ length: some }, (_, index) => cutOne(number + index)))
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

/** Before the call is looked at, while it is, while the answer comes, or when it is there; with a reset or an end. */
async function cutAtSomeTime(line: Line, random: Random, heard: () => Promise<void>): Promise<void> {
  const turns = random.pick([0, 0, 1, 2, 3, 5, 8, 15, 100])
  const answered = heard().catch(() => {})
  if (turns < 100) {
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
  } else await answered
  if (random.next() < 0.5) line.reset()
  else line.close()
  await answered
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
  readonly bystanderCalls: number
  readonly bystanderWorstMs: number
  readonly residentBytes: number
}

/**
 * So many connections that say nothing, that say half a call, that send a body slower than anybody, and that do not take
 * their answers; beside them somebody who works.
 */
export async function crowdAround(
  { victim, random, violated }: Cutting,
  count: number,
  workMs: number,
): Promise<Standing> {
  const head = `POST /v2/request-queues/~bystander/requests HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${victim.token}\r\nContent-Type: application/json\r\n`
  const beginnings = [
    '',
    'GET /v2/users/me HT',
    `${head}X: `,
    `${head}Content-Length: 100\r\n\r\n{"url":`,
    `${head}Content-Length: 9000000\r\n\r\n{"url":`,
    `${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"url`,
    `GET /openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${victim.token}\r\n\r\n`,
  ]
  const lines: Line[] = []
  let endsAt = Number.POSITIVE_INFINITY
  const bystander = new Bystander(victim.port, victim.token, bystanderPatienceMs)
  // Somebody who was there before them, and does not stop.
  const working = bystander
    .work(() => performance.now() >= endsAt)
    .catch((error: Error) => violated(`beside ${count} connections: ${error.message}`))
  try {
    while (lines.length < count) {
      const some = Array.from({ length: Math.min(250, count - lines.length) }, () => new Line(victim.port))
      for (const line of some) line.send(Buffer.from(random.pick(beginnings)))
      lines.push(...some)
      await Promise.all(some.map((line) => line.opened))
    }
    endsAt = performance.now() + workMs
    // The slow ones go on, a byte at a time.
    const slow = (async () => {
      while (performance.now() < endsAt) {
        random.pick(lines).send(Buffer.from(' '))
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await working
    await slow
    if (bystander.callCount < workMs / 100)
      violated(`beside ${count} connections only ${bystander.callCount} calls were made`)
    return {
      bystanderCalls: bystander.callCount,
      bystanderWorstMs: bystander.worstMs,
      residentBytes: await victim.residentBytes(),
    }
  } finally {
    for (const line of lines) line.close()
  }
}

function callBytes(token: string, method: string, target: string, body?: unknown): Buffer {
  const text = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? '' : 'Content-Type: application/json\r\n'
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${type}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
