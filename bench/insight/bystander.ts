/**
 * A client that works while others look: it adds a request to the queue that is looked at, and locks one of another queue, in
 * turn. A process of its own, so that nothing but the server makes it wait.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { hostNameOf } from '../fixtures/insight.ts'
import { call, type Server } from './calls.ts'

export type BystanderMessage =
  | { readonly begin: { readonly server: Server; readonly addTo: string; readonly lockOf: string } }
  | { readonly end: true }

/** The longest waits in milliseconds, and how many calls there were. */
export interface Waits {
  readonly addMs: number
  readonly lockMs: number
  readonly calls: number
}

/** A lone client is not busy all the time. */
const pauseMs = 1
let addedCount = 0
let isOver = false
let work: Promise<Waits> | null = null

process.on('message', async (message: BystanderMessage) => {
  if ('begin' in message) {
    isOver = false
    const { server, addTo, lockOf } = message.begin
    work = waits(server, addTo, lockOf)
    return
  }
  isOver = true
  process.send!(await work)
})
process.on('disconnect', () => process.exit(0))

async function waits(server: Server, addTo: string, lockOf: string): Promise<Waits> {
  let addMs = 0
  let lockMs = 0
  let calls = 0
  while (!isOver) {
    const url = `https://${hostNameOf(addedCount % 1000)}/of-the-bystander-${addedCount++}`
    addMs = Math.max(
      addMs,
      await timed(() =>
        call(server, 'POST', `/v2/request-queues/${addTo}/requests`, { url, uniqueKey: url }),
      ),
    )
    await sleep(pauseMs)
    const path = `/v2/request-queues/${lockOf}/head/lock?lockSecs=1&limit=1&clientKey=bystander`
    lockMs = Math.max(lockMs, await timed(() => call(server, 'POST', path)))
    await sleep(pauseMs)
    calls += 2
  }
  return { addMs, lockMs, calls }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
