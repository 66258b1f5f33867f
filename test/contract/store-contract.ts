/**
 * The contract: what every store has to pass. Each test quotes the rule of the law that it shows, and ends with a
 * full check of the store. Rules that are matters of HTTP (9, 10, defaults in answers) are tested elsewhere.
 */
import { availableParallelism } from 'node:os'
import { after, describe, test } from 'node:test'
import { ReusedStores } from '../../harness/reused-stores.ts'
import type { Rule } from '../../harness/scene.ts'
import { play } from '../../harness/scene.ts'
import type { OpenTestStore } from '../../harness/stores.ts'
import { accessRules } from './rules/access.ts'
import { actionRules, forkRules } from './rules/actions.ts'
import { explainingRules } from './rules/explaining.ts'
import { figureRules } from './rules/figures.ts'
import { findingRules } from './rules/finding.ts'
import { headRules } from './rules/head.ts'
import { historyRules } from './rules/histories.ts'
import { identityRules } from './rules/identity.ts'
import { insightListRules } from './rules/insight-lists.ts'
import { inspectingRules } from './rules/inspecting.ts'
import { listingRules } from './rules/listing.ts'
import { lockRules } from './rules/locks.ts'
import { longRequestRules } from './rules/long-requests.ts'
import { orderRules } from './rules/order.ts'
import { overviewRules } from './rules/overviews.ts'
import { policyRules } from './rules/policies.ts'
import { politenessRules } from './rules/politeness.ts'
import { promiseRules } from './rules/promises.ts'
import { queueRules } from './rules/queues.ts'
import { retryRules } from './rules/retries.ts'
import { revisitRules } from './rules/revisits.ts'
import { schedulingRules } from './rules/scheduling.ts'
import { serverFigureRules } from './rules/server-figures.ts'
import { statisticsRules } from './rules/statistics.ts'
import { updateRules } from './rules/update.ts'
import { waitingRules } from './rules/waiting.ts'

/** What every store does, by section of the rules. */
const sections = {
  '2 identity': identityRules,
  '3 order': orderRules,
  '4 head': headRules,
  '5 locks': lockRules,
  '6 update and delete': updateRules,
  '7 queues': queueRules,
  '7 counts, times, clients and statistics': statisticsRules,
  '8 listing requests': listingRules,
  'long requests': longRequestRules,
  inspecting: inspectingRules,
  '9.3 users and tokens': accessRules,
  '13 policies': policyRules,
  '12 and 13 scheduling': schedulingRules,
  '13 politeness': politenessRules,
  '13.14 waiting': waitingRules,
  '13 retries': retryRules,
  '13 revisits': revisitRules,
  '14 explaining': explainingRules,
  '14 finding': findingRules,
  '14 hosts and failures': insightListRules,
  '14.8 figures': figureRules,
  '14.8 figures of the server': serverFigureRules,
  '14.8 overviews': overviewRules,
  '14 histories': historyRules,
  '14 actions': actionRules,
  '14 forks': forkRules,
  '11 promises': promiseRules,
} as const satisfies Record<string, (rule: Rule, durableRule: Rule, concurrentRule: Rule) => void>

export type Section = keyof typeof sections

export interface ContractOptions {
  /** Whether it keeps what it was given over a restart; the tests that show it are for those stores alone. */
  readonly isDurable?: boolean
  /** Whether it does several calls at once; what only they could break is tested for those stores alone. */
  readonly isConcurrent?: boolean
  /** Only these, where the others would show nothing new. */
  readonly sections?: readonly Section[]
}

/** About what stays when a store is cleared. */
const sectionsWithNewStores: readonly string[] = [
  '9.3 users and tokens',
  '14.8 figures of the server',
] satisfies Section[]

/** Registers the whole suite for one store. */
export function describeStore(name: string, open: OpenTestStore, options: ContractOptions = {}): void {
  const reused = new ReusedStores(open)
  // No other test has the store and the clock of a test meanwhile, so those of one section run side by side.
  const together = { concurrency: Math.max(2, availableParallelism()) }
  describe(`store contract: ${name}`, () => {
    for (const [section, register] of Object.entries(sections)) {
      if (options.sections?.includes(section as Section) === false) continue
      const openOne = sectionsWithNewStores.includes(section) ? open : () => reused.open()
      const rule: Rule = (title, body) => {
        test(title, () => play(openOne, body))
      }
      const durableRule: Rule = (title, body) => {
        if (options.isDurable ?? true) rule(title, body)
      }
      const concurrentRule: Rule = (title, body) => {
        if (options.isConcurrent ?? true) rule(title, body)
      }
      describe(section, together, () => register(rule, durableRule, concurrentRule))
    }
    after(() => reused.close())
  })
}
