import type { Millis } from '../src/domain/time.ts'
import type { Ledger } from './ledger.ts'
import type { HeldRequest, KeptRequest, QueueCounts } from './queue-view.ts'
import { pageOf } from './site.ts'

/** What is known when the last crawler has ended. */
export interface Facts {
  readonly sitePages: number
  /** How many crawlers there were, numbered from 1. */
  readonly crawlers: number
  readonly ledger: Ledger
  /** Null when there was no opportunity to kill one. */
  readonly kill: Kill | null
  /** Whether a server was killed half-way too. */
  readonly serverKilled: boolean
  /** The counts of the queue and every request in it, from the API. */
  readonly counts: QueueCounts
  readonly kept: readonly KeptRequest[]
  readonly durationMs: Millis
}

export interface Kill {
  readonly crawler: number
  readonly at: Millis
  /** The requests that it held at that moment, from the API. */
  readonly held: readonly HeldRequest[]
}

export interface CrawlerOutcome {
  readonly number: number
  readonly killed: boolean
  /** Pages that it finished: the server acknowledged them as handled. */
  readonly finished: number
  /** How many of them the killed crawler had held when it was killed. */
  readonly takenOver: number
}

export interface Outcome {
  readonly sitePages: number
  readonly crawlers: readonly CrawlerOutcome[]
  /** Pages that were finished twice, or fetched twice without a good reason. There must be none. */
  readonly crawledTwice: readonly number[]
  /** Pages that the killed crawler had fetched but not finished. Another crawler had to fetch them again. */
  readonly fetchedAgainAfterKill: readonly number[]
  /** Pages that the killed crawler finished with its last calls, before it could report them. */
  readonly finishedUntold: readonly number[]
  /** Locks of the killed crawler, and how many of those requests others finished. */
  readonly locks: { readonly held: number; readonly takenOver: number }
  /** From the kill until another crawler had requested the last of those pages. */
  readonly takeoverMs: Millis
  readonly queue: QueueCounts
  readonly serverKilled: boolean
  readonly durationMs: Millis
  /** What is not as promised, one sentence each. Empty when all is well. */
  readonly problems: readonly string[]
}

/** Compares what the site and the crawlers saw with what the server says. */
export function settle(facts: Facts): Outcome {
  const { sitePages, ledger, kill, counts, kept } = facts
  const pages = Array.from({ length: sitePages }, (_, page) => page)
  const handled = new Set(kept.filter((request) => request.handled).map(({ url }) => pageOf(url)))
  const heldPages = kill === null ? [] : kill.held.map(({ url }) => pageOf(url) ?? -1)
  const takenOver = heldPages.filter((page) => ledger.finishersOf(page).some((who) => who !== kill?.crawler))

  const fetchedAgain = pages.filter((page) => ledger.visitsOf(page).length > 1)
  const fetchedAgainAfterKill = fetchedAgain.filter((page) => isFetchedAgainAfterKill(page, facts))
  const finishedTwice = pages.filter(
    (page) =>
      ledger.finishersOf(page).length > 1 || (ledger.wasSaidTwice(page) && !isRepeatedCall(page, facts)),
  )
  const unexcused = fetchedAgain.filter((page) => !fetchedAgainAfterKill.includes(page))
  const finishedUntold = pages.filter((page) => handled.has(page) && ledger.finishersOf(page).length === 0)

  const outcome = {
    sitePages,
    crawlers: Array.from({ length: facts.crawlers }, (_, index) => {
      const number = index + 1
      const mine = takenOver.filter((page) => ledger.finishersOf(page).includes(number))
      const killed = number === kill?.crawler
      return { number, killed, finished: ledger.countOf(number), takenOver: mine.length }
    }),
    crawledTwice: [...new Set([...finishedTwice, ...unexcused])],
    fetchedAgainAfterKill,
    finishedUntold,
    locks: { held: heldPages.length, takenOver: takenOver.length },
    takeoverMs: Math.max(0, ...takenOver.map((page) => waitOf(page, facts))),
    queue: counts,
    serverKilled: facts.serverKilled,
    durationMs: facts.durationMs,
  }
  return { ...outcome, problems: problemsOf(facts, outcome, handled) }
}

/**
 * A killed server may have performed a call without answering it. The client repeated the call and was told
 * that the page had been handled before. The page was fetched only once all the same.
 */
function isRepeatedCall(page: number, { ledger, serverKilled }: Facts): boolean {
  return serverKilled && ledger.visitsOf(page).length === 1
}

/** How long after the kill this page was fetched for the last time. */
function waitOf(page: number, { ledger, kill }: Facts): Millis {
  const last = ledger.visitsOf(page).at(-1)
  return last === undefined || kill === null ? 0 : last.at - kill.at
}

/** The killed crawler was working on the page and could not finish it, and exactly one other crawler did. */
function isFetchedAgainAfterKill(page: number, { ledger, kill }: Facts): boolean {
  const [first, second, third] = ledger.visitsOf(page)
  if (kill === null || first === undefined || second === undefined || third !== undefined) return false
  const killedBefore = first.crawler === kill.crawler && second.crawler !== kill.crawler
  return killedBefore && second.at > kill.at && !ledger.finishersOf(page).includes(kill.crawler)
}

function problemsOf(facts: Facts, outcome: Omit<Outcome, 'problems'>, handled: Set<number | null>): string[] {
  const { sitePages, ledger, kill, counts, kept } = facts
  const problems = [...ledger.complaints]
  const left = sitePages - handled.size
  if (left > 0) problems.push(`${left} pages of the site were not crawled`)
  if (kept.length !== sitePages) {
    problems.push(`the queue has ${kept.length} requests, but the site has ${sitePages} pages`)
  }
  for (const page of outcome.crawledTwice) {
    const visits = ledger.visitsOf(page).map(({ crawler }) => `crawler ${crawler}`)
    const finishers = ledger.finishersOf(page).map((crawler) => `crawler ${crawler}`)
    problems.push(`page ${page} was fetched by ${visits.join(', ')}, and finished by ${finishers.join(', ')}`)
  }
  const expected = { total: sitePages, handled: sitePages, pending: 0 }
  for (const name of ['total', 'handled', 'pending'] as const) {
    if (counts[name] === expected[name]) continue
    problems.push(`the queue counts ${counts[name]} requests as ${name}; it should be ${expected[name]}`)
  }

  if (kill === null) return [...problems, 'no crawler was killed']
  for (const page of outcome.finishedUntold) {
    const visitors = ledger.visitsOf(page).map(({ crawler }) => crawler)
    const wasItsLastAct = visitors.length === 1 && visitors[0] === kill.crawler
    if (!wasItsLastAct) problems.push(`page ${page} counts as handled, but no crawler finished it`)
  }
  if (kill.held.length === 0) problems.push(`crawler ${kill.crawler} held no locks when it was killed`)
  for (const { url, lockExpiresAt } of kill.held) {
    const early = ledger
      .visitsOf(pageOf(url) ?? -1)
      .find(({ crawler, at }) => crawler !== kill.crawler && at < lockExpiresAt)
    if (early === undefined) continue
    const tooSoonMs = lockExpiresAt - early.at
    problems.push(`crawler ${early.crawler} got ${url} ${tooSoonMs} ms before the lock on it expired`)
  }
  return problems
}
