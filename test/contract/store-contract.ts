/**
 * The contract: what every store has to pass. Each test quotes the rule of the law that it shows, and ends with a
 * full check of the store. Rules that are matters of HTTP (9, 10, defaults in answers) are tested elsewhere.
 */
import { availableParallelism } from 'node:os'
import { describe, test } from 'node:test'
import type { Rule } from '../../harness/scene.ts'
import { play } from '../../harness/scene.ts'
import type { OpenTestStore } from '../../harness/stores.ts'
import { accessRules } from './rules/access.ts'
import { headRules } from './rules/head.ts'
import { identityRules } from './rules/identity.ts'
import { inspectingRules } from './rules/inspecting.ts'
import { listingRules } from './rules/listing.ts'
import { lockRules } from './rules/locks.ts'
import { longRequestRules } from './rules/long-requests.ts'
import { orderRules } from './rules/order.ts'
import { policyRules } from './rules/policies.ts'
import { politenessRules } from './rules/politeness.ts'
import { promiseRules } from './rules/promises.ts'
import { queueRules } from './rules/queues.ts'
import { retryRules } from './rules/retries.ts'
import { revisitRules } from './rules/revisits.ts'
import { schedulingRules } from './rules/scheduling.ts'
import { statisticsRules } from './rules/statistics.ts'
import { updateRules } from './rules/update.ts'
import { waitingRules } from './rules/waiting.ts'

export interface ContractOptions {
  /** Whether it keeps what it was given over a restart; the tests that show it are for those stores alone. */
  readonly isDurable?: boolean
}

/** Registers the whole suite for one store. */
export function describeStore(name: string, open: OpenTestStore, options: ContractOptions = {}): void {
  const rule: Rule = (title, body) => {
    test(title, () => play(open, body))
  }
  const durableRule: Rule = (title, body) => {
    if (options.isDurable ?? true) rule(title, body)
  }
  // Each test has a store and a clock of its own, so those of one section run side by side.
  const together = { concurrency: Math.max(2, availableParallelism()) }
  describe(`store contract: ${name}`, () => {
    describe('2 identity', together, () => identityRules(rule))
    describe('3 order', together, () => orderRules(rule))
    describe('4 head', together, () => headRules(rule))
    describe('5 locks', together, () => lockRules(rule))
    describe('6 update and delete', together, () => updateRules(rule))
    describe('7 queues', together, () => queueRules(rule, durableRule))
    describe('7 counts, times, clients and statistics', together, () => statisticsRules(rule))
    describe('8 listing requests', together, () => listingRules(rule))
    describe('long requests', together, () => longRequestRules(rule))
    describe('inspecting', together, () => inspectingRules(rule))
    describe('9.3 users and tokens', together, () => accessRules(rule))
    describe('13 policies', together, () => policyRules(rule, durableRule))
    describe('12 and 13 scheduling', together, () => schedulingRules(rule, durableRule))
    describe('13 politeness', together, () => politenessRules(rule, durableRule))
    describe('13.14 waiting', together, () => waitingRules(rule))
    describe('13 retries', together, () => retryRules(rule, durableRule))
    describe('13 revisits', together, () => revisitRules(rule, durableRule))
    describe('11 promises', together, () => promiseRules(rule, durableRule))
  })
}
