/**
 * Random commands with actions and forks, which the stores do in steps of three requests and with restarts between them, and the
 * oracle at once. `npm run torture` does some hundred thousand; in between
 *
 *   node test/model/actions.test.ts --runs 2000 --seed 42
 */
import { test } from 'node:test'
import { actionScript, actionStepSize } from '../../harness/model/action-commands.ts'
import { assertAgrees, assertFound, comparedStores } from '../../harness/model/agreement.ts'
import { actionFaults } from '../../harness/oracle/action-faults.ts'

for (const store of comparedStores(actionStepSize)) {
  test(`actions in steps: ${store.name} does what the oracle does`, () =>
    assertAgrees('actions', store, { anyScript: actionScript() }))
}

for (const [name, fault] of Object.entries(actionFaults)) {
  test(`random commands find ${name}`, () => assertFound(fault, actionScript()))
}
