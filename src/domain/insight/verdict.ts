import { type Millis, toIso } from '../time.ts'
import { countedMax } from './limits.ts'
import type { Standing } from './standing.ts'

/** What a verdict is about. */
export interface Situation {
  readonly isPaused: boolean
  readonly givesUp: boolean
  readonly unhandledCount: number
  readonly counts: Readonly<Record<Standing, number>>
  readonly capped: readonly Standing[]
  readonly locked: readonly { readonly clientKey: string; readonly count: number }[]
  readonly nextAvailableAt: Millis | null
  readonly next: { readonly length: number }
}

/**
 * One sentence that says why head/lock gives what it gives (14.1).
 *
 * @param clientKey of the client that asks; undefined: none asks
 */
export function verdictOf(situation: Situation, clientKey?: string): string {
  const { counts, unhandledCount, isPaused, givesUp, next } = situation
  if (unhandledCount === 0) {
    if (counts.handled === 0) return 'Nothing is handed out: the queue is empty.'
    const failed = counts.failed === 0 ? '' : `, of which ${amount(situation, 'failed')} failed`
    return `Nothing is handed out: every request is handled (${inDigits(counts.handled)}${failed}).`
  }
  if (isPaused) {
    const waiting = requests(inDigits(unhandledCount))
    return `Nothing is handed out: the policy of the queue pauses it, and ${waiting} not handled.`
  }
  const others = partsOf(situation, clientKey)
  const rest = others === '' ? '' : ` (${others})`
  if (next.length > 0) {
    const available = amount(situation, 'available')
    const word = counts.available === 1 ? 'request' : 'requests'
    return `The next head/lock hands out ${inDigits(next.length)} of ${available} available ${word}${rest}.`
  }
  if (counts.available > 0 && !givesUp) {
    return `${inDigits(counts.available)} became available at this very moment${rest}. Look again.`
  }
  if (counts.available > 0) {
    return (
      'Nothing is handed out: the locks of the requests that are available ran out too often, so that the next head/lock ' +
      `marks them as handled${rest}.`
    )
  }
  const { nextAvailableAt } = situation
  const then =
    nextAvailableAt === null
      ? 'time alone makes none of them available'
      : `the first one becomes available at ${toIso(nextAvailableAt)}`
  return `Nothing is handed out: ${others}; ${then}.`
}

/** What keeps requests from being handed out: `5 are scheduled for later and 3 are locked`. */
function partsOf(situation: Situation, clientKey: string | undefined): string {
  const { counts, locked } = situation
  const parts: string[] = []
  if (counts.held > 0) parts.push(`${are(situation, 'held')} held back by rules for hosts`)
  if (counts.scheduled > 0) parts.push(`${are(situation, 'scheduled')} scheduled for later`)
  if (counts.locked > 0) {
    const own = locked.filter((holder) => holder.clientKey === clientKey)
    const ownCount = own.reduce((sum, { count }) => sum + count, 0)
    const byClient = ownCount === 0 ? '' : `, of which this client holds ${inDigits(ownCount)}`
    parts.push(`${are(situation, 'locked')} locked${byClient}`)
  }
  const last = parts.pop()
  if (last === undefined) return ''
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`
}

function are(situation: Situation, kind: Standing): string {
  return `${amount(situation, kind)} ${situation.counts[kind] === 1 ? 'is' : 'are'}`
}

/** A count may be cut below the number that is counted to. Then nobody knows whether there are more. */
function amount({ counts, capped }: Situation, kind: Standing): string {
  if (!capped.includes(kind)) return inDigits(counts[kind])
  return `${counts[kind] < countedMax ? 'at least' : 'more than'} ${inDigits(counts[kind])}`
}

function requests(count: string): string {
  return count === '1' ? '1 request is' : `${count} requests are`
}

function inDigits(count: number): string {
  return count.toLocaleString('en-US')
}
