import type { Millis } from '../../src/domain/time.ts'
import { groupFor, type HoldReason, isFull } from './policy-rules.ts'
import type { StoredQueue, StoredRequest } from './stored.ts'
import { due, inOrder, locked } from './stored-queue.ts'

/** What a run of random calls must have met, or it shows nothing about policies. */
export const situations = [
  'held back by queuePaused',
  'held back by paused',
  'held back by cooldown',
  'held back by delay',
  'held back by concurrency',
  'order by priority',
  'scheduled',
  'full with a lock that ran out',
  'taking back refused',
  'given up',
  'slowed down',
  'handed out with rules',
] as const
export type Situation = (typeof situations)[number]

/** Counts how often the oracle met the situations that policies are about. */
export class Coverage {
  readonly counts = new Map<Situation, number>(situations.map((name) => [name, 0]))

  count(situation: Situation): void {
    this.counts.set(situation, this.counts.get(situation)! + 1)
  }

  heldBack(reason: HoldReason): void {
    this.count(`held back by ${reason}`)
  }

  /** Before a head/lock takes requests. */
  look(queue: StoredQueue, now: Millis): void {
    const ready = due(queue, now)
    if (queue.requests.some(({ place, lock }) => lock === null && place !== null && place.since > now))
      this.count('scheduled')
    const plain = inOrder({ ...queue, policy: { ...queue.policy, priorities: [] } }, withoutWishes(ready))
    if (plain.some(({ content }, index) => content.id !== ready[index]!.content.id))
      this.count('order by priority')
    for (const { content, lastHolder } of ready) {
      if (lastHolder !== null && isFull(queue, groupFor(queue, content)))
        this.count('full with a lock that ran out')
    }
    if ([...queue.groups.values()].some(({ slowedToMs }) => slowedToMs > 0)) this.count('slowed down')
  }

  took(queue: StoredQueue, taken: readonly StoredRequest[]): void {
    if (queue.policy.rules.length > 0 && taken.length > 0 && locked(queue).length > 0)
      this.count('handed out with rules')
  }

  textOf(): string {
    return [...this.counts].map(([name, count]) => `${name}: ${count}`).join(', ')
  }
}

function withoutWishes(requests: readonly StoredRequest[]): StoredRequest[] {
  return requests.map((request) => {
    const { wishes: _, ...content } = request.content
    return { ...request, content }
  })
}
