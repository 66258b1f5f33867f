/** What the owner of a queue does to its requests while clients work on them. */
import { actionNames } from '../../src/domain/actions/actions.ts'
import { standings } from '../../src/domain/insight/standing.ts'
import type { Random } from '../random.ts'
import type { Call } from './history.ts'

/** By their IDs, so few that a store does it in one step. */
export function actionByKeys(random: Random, keys: readonly string[], now: number): Call {
  const chosen = new Set(Array.from({ length: random.between(1, 4) }, () => random.pick(keys)))
  return action(random, { keys: [...chosen], states: null }, now)
}

/** By a filter. A store finds the requests before it acts on them, so no other call may run beside it. */
export function actionByFilter(random: Random, now: number): Call {
  const states = Array.from({ length: random.between(1, 2) }, () => random.pick(standings))
  return action(random, { keys: null, states: random.next() < 0.2 ? null : [...new Set(states)] }, now)
}

function action(
  random: Random,
  chosen: Pick<Call & { do: 'act' }, 'keys' | 'states'>,
  now: number,
): Call & { do: 'act' } {
  // Most queues would soon be empty if all actions were as likely.
  const names = [...actionNames, 'unlock', 'giveBack', 'forefront', 'schedule'] as const
  const until = now + random.pick([-1000, 1, 500, 1000])
  return { do: 'act', action: random.pick(names), ...chosen, until }
}
