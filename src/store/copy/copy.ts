import type { Millis } from '../../domain/time.ts'
import type { RequestRow } from '../columns/requests.ts'
import { findConflicts, titleOf } from './conflicts.ts'
import type { CopySource, CopyTarget } from './ends.ts'
import { groupToCopy } from './groups.ts'
import type { CopiedQueueRow } from './rows.ts'

/** The progress of a copy. */
export interface CopyProgress {
  readonly phase: 'copying' | 'verifying'
  /**
   * How many requests were copied, or counted again. Requests of queues that were already there are included.
   */
  readonly done: number
  readonly total: number
  /** The number of the current queue, counted from 1. */
  readonly queueNumber: number
  readonly queues: number
}

export interface CopiedQueue {
  readonly id: string
  readonly name: string | null
  readonly total: number
  readonly handled: number
  /**
   * `continued`: an earlier copy was interrupted in this queue. `complete`: an earlier copy had completed it.
   */
  readonly how: 'copied' | 'continued' | 'complete'
}

export interface CopyReport {
  readonly users: number
  readonly tokens: number
  readonly queues: readonly CopiedQueue[]
  /** The differences between the counts at the end, in words. Empty if there are none. */
  readonly differences: readonly string[]
}

/**
 * Copies everything from a source, then counts all of it again on both sides. It can be interrupted at any
 * moment and started again. Then it continues where it was, and leaves what is already there unchanged.
 *
 * @param onProgress called after each step; if it throws, the copy ends
 * @throws OperatorError, before anything is written, if the target has conflicting data
 */
export async function copyStore(
  source: CopySource,
  target: CopyTarget,
  onProgress: (progress: CopyProgress) => void = () => {},
): Promise<CopyReport> {
  const extent = await findConflicts(source, target)
  const users = await copyAll(source.users(), (step) => target.addUsers(step))
  const tokens = await copyAll(source.tokens(), (step) => target.addTokens(step))

  const queues: CopiedQueue[] = []
  let done = 0
  let shownAt: Millis = 0
  const report = (phase: CopyProgress['phase'], queueNumber: number) =>
    onProgress({ phase, done, total: extent.requests, queueNumber, queues: extent.queues })
  for await (const step of source.queues()) {
    const inTarget = new Set((await target.findQueues(step)).map(({ id }) => id))
    for (const queue of step) {
      const { id, name, total_count: total, handled_count: handled } = queue
      shownAt = Math.max(shownAt, queue.shown_at)
      if (inTarget.has(id)) {
        done += total
        queues.push({ id, name, total, handled, how: 'complete' })
        report('copying', queues.length)
        continue
      }
      const how = await copyQueue(source, target, queue, (requests) => {
        done += requests
        report('copying', queues.length + 1)
      })
      queues.push({ id, name, total, handled, how })
    }
  }
  await target.complete(shownAt)

  const differences: string[] = []
  done = 0
  let verified = 0
  for await (const step of source.queues()) {
    const inTarget = new Map((await target.findQueues(step)).map((queue) => [queue.id, queue]))
    for (const queue of step) {
      differences.push(...(await differencesOf(source, target, queue, inTarget.get(queue.id))))
      done += queue.total_count
      report('verifying', ++verified)
    }
  }
  return { users, tokens, queues, differences }
}

async function copyAll<Row>(
  steps: AsyncIterable<readonly Row[]>,
  add: (step: readonly Row[]) => Promise<void>,
): Promise<number> {
  let count = 0
  for await (const step of steps) {
    await add(step)
    count += step.length
  }
  return count
}

async function copyQueue(
  source: CopySource,
  target: CopyTarget,
  queue: CopiedQueueRow,
  onCopied: (requests: number) => void,
): Promise<'copied' | 'continued'> {
  const { afterId, copied } = await target.resume(queue)
  if (copied > 0) onCopied(copied)
  // The last step is written together with the queue. So a small queue takes one transaction.
  let last: readonly RequestRow[] = []
  for await (const step of source.requests(queue.id, afterId)) {
    if (last.length > 0) {
      await target.addRequests(queue, last)
      onCopied(last.length)
    }
    last = step
  }
  if (queue.grouping !== null) {
    for await (const step of source.groups(queue.id)) {
      await target.addGroups(
        queue,
        step.map((row) => groupToCopy(row, queue.shown_at)),
      )
    }
  }
  await target.finish(queue, last, await source.clients(queue.id))
  onCopied(last.length)
  return copied > 0 ? 'continued' : 'copied'
}

/** Compares the stored counts of a queue with the requests that were counted. */
async function differencesOf(
  source: CopySource,
  target: CopyTarget,
  queue: CopiedQueueRow,
  inTarget: CopiedQueueRow | undefined,
): Promise<string[]> {
  if (inTarget === undefined) return [`${titleOf(queue)} is not in the target`]
  const [sourceCounted, targetCounted] = await Promise.all([source.count(queue.id), target.count(queue.id)])
  const total = queue.total_count
  const handled = queue.handled_count
  const figures: [what: string, source: number, target: number][] = [
    ['requests by the count of the queue', total, inTarget.total_count],
    ['handled by the count of the queue', handled, inTarget.handled_count],
    ['requests that were counted', sourceCounted.total, targetCounted.total],
    ['pending that were counted', sourceCounted.pending, targetCounted.pending],
    ['requests, by the count of the source and counted in the target', total, targetCounted.total],
    ['pending, by the count of the source and counted in the target', total - handled, targetCounted.pending],
  ]
  return figures
    .filter(([, inSource, inTarget]) => inSource !== inTarget)
    .map(([what, inSource, inTarget]) => `${titleOf(queue)}, ${what}: ${inSource} and ${inTarget}`)
}
