/** Many clients at once on a queue whose owner acts on its requests: what all of them saw happened in some order. */
import { describe, test } from 'node:test'
import { assertAllPossible, assertFound } from '../../harness/histories/agreement.ts'
import { faultsBesideClients } from '../../harness/oracle/action-faults.ts'

test('without a fault no history is reported as impossible', () => assertAllPossible('actions'))

describe('planted faults', () => {
  for (const [name, fault] of Object.entries(faultsBesideClients)) {
    test(`${name} is found`, () => assertFound(fault, 'actions'))
  }
})
