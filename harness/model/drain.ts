import assert from 'node:assert/strict'
import type { LockedHead } from '../../src/store/params/head-and-locks.ts'
import type { Explanation } from '../../src/store/params/insight.ts'
import type { Command } from './commands.ts'
import { assertNext } from './foresight.ts'
import type { Oracle } from './oracle.ts'
import { type PolicyDocument, unpaused } from './policy-document.ts'
import type { Outcome } from './world.ts'

const on = { slot: 'crawl', by: 'id', client: { clientKey: 'drain', runId: null } } as const
const roundsMax = 1000

/**
 * One client works through the queue until it is told that nothing is left, as a crawler does. Then nothing
 * may be left: no request was passed over for good, and no flag ended the crawl early (11.4, 12.3).
 *
 * @param run runs a command on the store and on the oracle, which must agree
 */
export async function drain(run: (command: Command) => Promise<Outcome>, oracle: Oracle): Promise<void> {
  const policy = await run({ do: 'getPolicy', ...on })
  if ('refused' in policy) return
  const { document } = answerOf<{ document: PolicyDocument }>(policy)
  await run({ do: 'putPolicy', ...on, document: unpaused(document) })
  let foreseenAt: number | null = null
  for (let round = 0; round < roundsMax; round++) {
    const said = answerOf<Explanation>(await run({ do: 'explainQueue', ...on }))
    const head = answerOf<LockedHead>(await run({ do: 'lockHead', ...on, limit: 25, lockMs: 1000 }))
    assertNext(said, head)
    if (foreseenAt !== null) {
      const isThere: boolean = said.readAt >= foreseenAt
      assert.equal(head.items.length > 0, isThere, 'something is available when explain said, and not before')
    }
    // Only time passes after a head/lock that gave nothing, unless it gave something up.
    foreseenAt = head.items.length > 0 || said.givesUp ? null : said.nextAvailableAt
    if (!head.queueHasLockedRequests) {
      const { totalRequestCount, handledRequestCount } = answerOf<{
        totalRequestCount: number
        handledRequestCount: number
      }>(await run({ do: 'getQueue', ...on, user: 'alice' }))
      assert.equal(handledRequestCount, totalRequestCount, 'the crawl has ended early')
      return
    }
    for (const { uniqueKey } of head.items) {
      const request = { key: uniqueKey, handled: true, retryCount: 0, note: '' }
      await run({ do: 'updateRequest', ...on, request, side: 'end' })
    }
    if (head.items.length > 0) continue
    const ms = await oracle.nextChangeInMs()
    assert.notEqual(ms, null, 'nothing is handed out any more, but something is left')
    await run({ do: 'advance', ms: ms! })
  }
  assert.fail(`something is left after ${roundsMax} rounds`)
}

function answerOf<Answer>(outcome: Outcome): Answer {
  assert.ok('answer' in outcome, `refused: ${JSON.stringify(outcome)}`)
  return outcome.answer as Answer
}
