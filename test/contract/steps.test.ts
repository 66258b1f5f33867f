/** What is done in steps where it is about very much, with steps so small that nearly everything takes several. */
import { describe, test } from 'node:test'
import { play, type Rule } from '../../harness/scene.ts'
import {
  openMemoryStore,
  openTemporaryPostgresStore,
  openTemporarySqliteStore,
} from '../../harness/stores.ts'
import { deleteStepRules, stepRules } from './rules/steps.ts'
import { describeStore, type Section } from './store-contract.ts'

const stepSize = { requests: 2, bytes: 1000, queues: 3, acted: 2, inOrder: 5 }
const stores = {
  memory: () => openMemoryStore(stepSize),
  sqlite: () => openTemporarySqliteStore(stepSize),
  postgres: () => openTemporaryPostgresStore(stepSize),
}

/** The sections about calls that the size of a step divides. */
const sectionsWithSteps: readonly Section[] = [
  '5 locks',
  '6 update and delete',
  '7 queues',
  '7 counts, times, clients and statistics',
  'long requests',
  '13 politeness',
  '14 actions',
  '14 forks',
  '11 promises',
]

for (const [name, open] of Object.entries(stores)) {
  // Alone, a caller cannot tell steps from one step.
  describeStore(`${name}, in small steps`, open, {
    isDurable: name !== 'memory',
    sections: sectionsWithSteps,
  })
  const rule: Rule = (title, body) => {
    test(title, () => play(open, body))
  }
  describe(`others come between steps: ${name}`, { concurrency: true }, () => {
    stepRules(rule)
    // The oracle deletes all at once.
    if (name !== 'memory') deleteStepRules(rule)
  })
}
