/** Commands of the owner of a queue: actions and forks, which stores do in several steps, with restarts between them. */
import fc from 'fast-check'
import { actionNames } from '../../src/domain/actions/actions.ts'
import type { Standing } from '../../src/domain/insight/standing.ts'
import { sqliteStepSize } from '../../src/store/steps/steps.ts'
import type { Command, Steps } from './commands.ts'
import { anyPolicyCommand, keys, policyScript } from './policy-commands.ts'

const commandsMax = 60
/** Calls that are sent together name at most three requests, so that each of them is one step. */
export const actionStepSize = { ...sqliteStepSize, acted: 3, inOrder: 4 }

const second = 1000
/**
 * Acting on some requests leaves others in these states. So it does not matter whether a step, or a server after a restart, chooses
 * anew.
 */
const lastingStates = ['handled', 'failed', 'locked', 'scheduled'] as const satisfies readonly Standing[]
const onQueue = { slot: fc.constant('crawl' as const), by: fc.constant('id' as const) }
const inSteps = fc.oneof(
  { weight: 9, arbitrary: fc.constant<Steps>('on') },
  { weight: 1, arbitrary: fc.constant<Steps>('with a restart') },
)
const chosen = {
  keys: fc.option(fc.shuffledSubarray([...keys], { minLength: 1, maxLength: 10 }), { nil: null, freq: 1 }),
  states: fc.option(fc.uniqueArray(fc.constantFrom(...lastingStates), { minLength: 1, maxLength: 2 }), {
    nil: null,
    freq: 1,
  }),
}

const act: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('act' as const),
  ...onQueue,
  ...chosen,
  action: fc.constantFrom(...actionNames, 'unlock' as const, 'giveBack' as const),
  inMs: fc.constantFrom(-second, 1, 2 * second),
  inSteps,
})

const fork: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('fork' as const),
  ...onQueue,
  ...chosen,
  name: fc.constantFrom('copy-1', 'copy-2', 'copy-3', 'SHOP', '-'),
  inSteps,
})

/** For stores with `actionStepSize`. */
export function actionScript(): fc.Arbitrary<Command[]> {
  return policyScript(
    commandsMax,
    fc.oneof(
      { weight: 60, arbitrary: anyPolicyCommand.filter(isOneStep) },
      { weight: 12, arbitrary: act },
      { weight: 5, arbitrary: fork },
    ),
  )
}

/** Whether a store that takes three requests in a step does it at once, whatever it chooses. */
function isOneStep(command: Command): boolean {
  return command.do !== 'act' || command.keys !== null
}
