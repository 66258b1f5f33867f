/** Calls of histories with policies. Delays and locks end at moments that the steps of the clock meet. */
import type { Store } from '../../src/store/store.ts'
import type { PolicyDocument } from '../model/policy-document.ts'
import type { Random } from '../random.ts'
import type { Call, Sent } from './history.ts'
import { keyOfItem } from './history.ts'
import type { Recorder } from './recorder.ts'

const hosts = ['a.test', 'b.test', 'www.b.test']
const roundsMax = 200
const hourMs = 3_600_000

/** Each request stays on its host. */
export function hostOf(key: string): string {
  return hosts[Number(key.replace(/\D/g, '')) % hosts.length]!
}

export function randomWishes(random: Random): Pick<Sent, 'wishes'> {
  const dice = random.next()
  if (dice < 0.05) return { wishes: { priority: random.pick([-1, 1, 5]) } }
  return dice < 0.1 ? { wishes: { delayMs: random.pick([1, 500, 1000]) } } : {}
}

/** @param now what the clock shows. 0: the first call, which puts a policy */
export function policyCall(random: Random, now: number): Call {
  const dice = now === 0 ? 0 : random.next()
  if (dice < 0.6) return { do: 'putPolicy', document: randomPolicy(random) }
  if (dice < 0.7) return { do: 'deletePolicy' }
  const group = random.pick(hosts)
  if (dice < 0.8) return { do: 'endCooldown', group }
  return { do: 'setCooldown', group, until: now + random.pick([-1, 1, 500, 1000, 2500]) }
}

function randomPolicy(random: Random): PolicyDocument {
  const patterns = [['*'], ['*'], ['a.test'], ['*.b.test'], ['b.test', 'a.test']]
  const rules = Array.from({ length: random.between(1, 2) }, () => {
    const kind = random.between(0, 4)
    return {
      hosts: random.pick(patterns),
      ...(kind < 3 ? { concurrency: random.pick([1, 1, 2, 3]) } : {}),
      ...(kind > 1 ? { delaySecs: random.pick([0.001, 0.5, 0.5, 1]) } : {}),
      ...(random.next() < 0.05 ? { paused: true } : {}),
    }
  })
  return {
    rules,
    ...(random.next() < 0.2 ? { adaptive: { maxDelaySecs: 4 } } : {}),
    ...(random.next() < 0.2 ? { retry: { initialSecs: 0.5, factor: 1, maxSecs: 1 } } : {}),
    ...(random.next() < 0.5 ? { priorities: [{ hosts: ['*.b.test'], priority: 2 }] } : {}),
    ...(random.next() < 0.2 ? { lockExpiriesMax: 2 } : {}),
    ...(random.next() < 0.05 ? { paused: true } : {}),
  }
}

/**
 * One client works through the queue until it is told that nothing is left. The checker then decides whether
 * these answers are possible, so a request that is passed over for good and a flag that ends the crawl early
 * both show.
 */
export async function drainQueue(recorder: Recorder, stores: readonly Store[]): Promise<void> {
  const by = { clientKey: 'drain', runId: null }
  const call = (store: Store, what: Call) => recorder.call('drain', store, what)
  const document = { rules: [{ hosts: ['*'], concurrency: 2 }] }
  await call(stores[0]!, { do: 'putPolicy', document })
  for (let round = 0; round < roundsMax; round++) {
    const store = stores[round % stores.length]!
    const head = await call(store, { do: 'lockHead', by, limit: 25, lockMs: 1000 })
    for (const item of head['items'] as readonly string[]) {
      const key = keyOfItem(item)
      const request = { key, version: 0, handled: true, host: hostOf(key) }
      await call(store, { do: 'updateRequest', by, request, side: 'end' })
    }
    if (head['hasLocked'] !== true) break
    recorder.advance(hourMs)
  }
  await call(stores[0]!, { do: 'getQueue' })
}
