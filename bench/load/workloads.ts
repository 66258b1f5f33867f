import { BatchAddCaller, LockHeadCaller } from './callers/batch.ts'
import type { Caller, Supply } from './callers/caller.ts'
import { CrawlCaller } from './callers/crawl.ts'
import { DrainCaller } from './callers/drain.ts'
import { ProlongCaller } from './callers/prolong.ts'
import { AddCaller, GetCaller, MarkCaller } from './callers/single.ts'
import { KnownRequests, scatteredNumber } from './known-requests.ts'
import type { ShareOptions } from './messages.ts'
import { type NumberRange, Numbers } from './numbers.ts'

/** Prepares the workload. Returns a function that creates the caller of each connection. */
export function workloadOf(
  { workload, known, share }: Pick<ShareOptions, 'workload' | 'known' | 'share'>,
  steps: Numbers,
): (supply: Supply) => Caller {
  switch (workload) {
    case 'echo-add':
    case 'single-add':
      return (supply) => new AddCaller(supply, () => supply.newNumbers.next())
    case 'single-add-half-known':
      return (supply) => new AddCaller(supply, everySecondNew(supply.newNumbers, known, steps))
    case 'echo-get':
    case 'get-request': {
      const requests = KnownRequests.scattered(known, steps)
      return (supply) => new GetCaller(supply, requests)
    }
    case 'mark-handled': {
      const requests = KnownRequests.inOrder(known, new Numbers(share.rest, share.of))
      return (supply) => new MarkCaller(supply, requests)
    }
    case 'prolong':
      return (supply) => new ProlongCaller(supply)
    case 'batch-add':
      return (supply) => new BatchAddCaller(supply)
    case 'lock-head':
      return (supply) => new LockHeadCaller(supply)
    case 'drain':
      return (supply) => new DrainCaller(supply)
    case 'crawl-cycle':
      return (supply) => new CrawlCaller(supply)
  }
}

function everySecondNew(newNumbers: Numbers, known: NumberRange, steps: Numbers): () => number {
  let turns = 0
  return () => (turns++ % 2 === 0 ? newNumbers.next() : scatteredNumber(known, steps))
}
