/** Random policies. They have few hosts, so that rules meet. */
import fc from 'fast-check'
import type { PolicyDocument } from './policy-document.ts'

export const hosts = ['a.test', 'www.a.test', 'b.test', 'c.test'] as const

const hostPatterns = fc.constantFrom<string[]>(
  ['*'],
  ['*'],
  ['a.test'],
  ['*.a.test'],
  ['www.a.test', 'b.test'],
  ['c.test', 'example.com'],
)
const rule = fc.record(
  {
    hosts: hostPatterns,
    concurrency: fc.constantFrom(1, 1, 2, 2, 3),
    delaySecs: fc.constantFrom(0.001, 0.5, 1, 2, 2, 5),
    paused: fc.constantFrom(false, false, false, false, true),
  },
  { requiredKeys: ['hosts'] },
)
export const priority = fc.constantFrom(-10, -1, 1, 1, 5, 10)
const priorityRule = fc.oneof(
  fc.record({ hosts: hostPatterns, priority }),
  fc.record({ label: fc.constantFrom('detail', 'list'), priority }),
)

const revisit = fc.record({ hosts: hostPatterns, afterSecs: fc.constantFrom(0.001, 1, 5, 60) })

/** Each setting is there or not, so that its effects are met alone and together. */
export const anyPolicy: fc.Arbitrary<PolicyDocument> = fc
  .record({
    rules: sometimes(8, fc.array(rule, { minLength: 1, maxLength: 3 })),
    groupBy: sometimes(1, fc.constantFrom('host' as const, 'domain' as const)),
    adaptive: sometimes(3, fc.record({ maxDelaySecs: fc.constantFrom(8, 60) })),
    retry: sometimes(
      3,
      fc.record({
        initialSecs: fc.constantFrom(0.5, 1, 2),
        factor: fc.constantFrom(1, 2, 3),
        maxSecs: fc.constantFrom(2, 5, 60),
      }),
    ),
    revisit: sometimes(2, fc.array(revisit, { minLength: 1, maxLength: 2 })),
    priorities: sometimes(4, fc.array(priorityRule, { minLength: 1, maxLength: 3 })),
    lockExpiriesMax: sometimes(3, fc.constantFrom(1, 2, 2, 3)),
    paused: sometimes(1, fc.constant(true)),
    history: sometimes(6, fc.boolean()),
  })
  .map((parts) => {
    // Such a host is never a group of its own, so no rule may name it.
    const rules = parts.groupBy === 'domain' ? parts.rules?.map(withoutSubdomains) : parts.rules
    const all = Object.entries({ ...parts, rules })
    return Object.fromEntries(all.filter(([, part]) => part !== undefined))
  })

function withoutSubdomains<Rule extends { hosts: string[] }>(given: Rule): Rule {
  return { ...given, hosts: given.hosts.map((host) => host.replace('www.', '')) }
}

/** @param share of ten */
function sometimes<Part>(share: number, part: fc.Arbitrary<Part>): fc.Arbitrary<Part | undefined> {
  return fc.oneof(
    { weight: share, arbitrary: part },
    { weight: 10 - share, arbitrary: fc.constant(undefined) },
  )
}
