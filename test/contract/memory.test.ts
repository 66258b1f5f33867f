import { describe, test } from 'node:test'
import { play } from '../../harness/scene.ts'
import { openMemoryStore } from '../../harness/stores.ts'
import { politenessRules } from './rules/politeness.ts'
import { describeStore } from './store-contract.ts'

describeStore('memory', openMemoryStore, { isDurable: false })
// Not in store-contract.ts until the other stores know groups.
describe('store contract: memory, 13 politeness', () => {
  politenessRules(
    (title, body) => {
      test(title, () => play(openMemoryStore, body))
    },
    () => {},
  )
})
