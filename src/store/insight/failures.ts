/** What requests failed with (14.4), counted from the index of failures. The same for both stores. */
import { countedMax } from '../../domain/insight/limits.ts'
import type { Failure, FailureList } from '../params/insight.ts'
import { compare } from './counts.ts'
import type { Later } from './explain-rows.ts'

/** How many texts one step reads, and how many are read in all. */
const textsPerStepMax = 100
const textsMax = 1000
/** How many entries of the index are counted in all. */
const entriesMax = 200_000

export interface FailureRows {
  /**
   * The next texts, each with its requests counted to `countMax`.
   *
   * @returns `isAtEnd`: whether there are no more texts
   */
  failures(
    after: string,
    textsMax: number,
    countMax: number,
  ): Later<{ readonly failures: readonly Failure[]; readonly isAtEnd: boolean }>
}

export async function listFailures(rows: FailureRows, limit: number): Promise<FailureList> {
  const found: Failure[] = []
  let entries = 0
  let isCapped = false
  for (let after = ''; ; ) {
    const { failures, isAtEnd } = await rows.failures(after, textsPerStepMax, countedMax + 1)
    for (const { count, ...failure } of failures) {
      entries += count
      isCapped ||= count > countedMax
      found.push({ ...failure, count: Math.min(count, countedMax) })
    }
    if (isAtEnd) break
    if (found.length >= textsMax || entries >= entriesMax) {
      isCapped = true
      break
    }
    after = failures.at(-1)!.error
  }
  found.sort((a, b) => b.count - a.count || compare(a.error, b.error))
  return { items: found.slice(0, limit), isCapped }
}
