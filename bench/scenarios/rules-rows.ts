/** Rows of a queue whose policy has rules: each is held against the same row without. */
import { hostOf } from '../load/requests.ts'
import type { Loaded } from '../rounds/round.ts'
import type { RowContext, Take } from './row-context.ts'

/** How many hosts and requests such a queue has, unless HEADLOCK_BENCH_GROUPS says another number of hosts. */
const hostCount = Number(process.env['HEADLOCK_BENCH_GROUPS'] ?? 10_000)
const requestsPerHost = 10
const dayInSeconds = 86_400

/** By the names in the table. */
export const rulesRows: Readonly<Record<string, Take>> = {
  'head/lock of 25, as many requests': (context, processes) => lockHead(context, noRules, {}, processes),
  'head/lock of 25 with rules': (context, processes) => lockHead(context, twoAtOnce, {}, processes),
  'head/lock of 25, 99% not due': (context, processes) => lockHead(context, fewDue, brief, processes),
  'head/lock of 25, as many requests, lone client': (context) => lockHead(context, noRules, lone, 1),
  'head/lock of 25 with rules, lone client': (context) => lockHead(context, twoAtOnce, lone, 1),
  'head/lock of 25, 99% not due, lone client': (context) =>
    lockHead(context, fewDue, { ...lone, ...brief }, 1),
  'single add with rules': async ({ round, shape }, processes) => {
    const queue = await round.newQueue()
    await setPolicy(queue, { rules: [{ hosts: ['*'], concurrency: 2 }] })
    return round.measure('single-add', queue, { ...shape, hostCount }, processes)
  },
}

/** The row without rules that each is held against: a queue of the same requests, because large files take longer. */
export const withoutRules: Readonly<Record<string, string>> = {
  'head/lock of 25 with rules': 'head/lock of 25, as many requests',
  'head/lock of 25, 99% not due': 'head/lock of 25, as many requests',
  'head/lock of 25 with rules, lone client': 'head/lock of 25, as many requests, lone client',
  'head/lock of 25, 99% not due, lone client': 'head/lock of 25, as many requests, lone client',
  'single add with rules': 'single add',
}

const lone = { connections: 1 }
/** Only one request in a hundred is due. The measurement ends when all of them are locked. */
const brief = { warmUpMs: 20 }

async function lockHead(
  { round, shape }: RowContext,
  prepare: (queue: Loaded) => Promise<() => Promise<void>>,
  load: { readonly connections?: number; readonly warmUpMs?: number },
  processes: number,
) {
  const queue = await round.newQueue()
  const ready = await prepare(queue)
  await round.preload(queue, hostCount * requestsPerHost, undefined, hostCount)
  await ready()
  return round.measure('lock-head', queue, { ...shape, ...load }, processes)
}

async function noRules() {
  return async () => {}
}

async function twoAtOnce(queue: Loaded) {
  await setPolicy(queue, { rules: [{ hosts: ['*'], concurrency: 2 }] })
  return async () => {}
}

/** Every host but each hundredth has got a request, and waits a day for the next one. */
async function fewDue(queue: Loaded) {
  const hosts = Array.from({ length: Math.ceil(hostCount / 100) }, (_, index) => hostOf(index * 100))
  const rest = { hosts: ['*'], delaySecs: dayInSeconds }
  await setPolicy(queue, { rules: [{ hosts, paused: true }, rest] })
  return async () => {
    while ((await lockSome(queue)) > 0);
    await setPolicy(queue, { rules: [{ hosts, concurrency: 10 }, rest] })
  }
}

/** @returns how many requests the call has locked */
async function lockSome(queue: Loaded): Promise<number> {
  const answer = await call(queue, 'POST', '/v2/request-queues/QUEUE/head/lock?limit=25&lockSecs=86400')
  return ((await answer.json()) as { data: { items: unknown[] } }).data.items.length
}

/** Resolves when the policy is in force. */
export async function setPolicy(queue: Loaded, policy: object): Promise<void> {
  const path = '/headlock/v1/queues/QUEUE/policy'
  let answer = await call(queue, 'PUT', path, policy)
  for (;;) {
    const { data } = (await answer.json()) as { data: { state: string } }
    if (data.state === 'active') return
    await new Promise((done) => setTimeout(done, 20))
    answer = await call(queue, 'GET', path)
  }
}

async function call({ ports, token, queueId }: Loaded, method: string, path: string, body?: object) {
  const answer = await fetch(`http://127.0.0.1:${ports[0]}${path.replace('QUEUE', queueId)}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: status ${answer.status}, ${await answer.text()}`)
  return answer
}
