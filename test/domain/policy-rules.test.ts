import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { policyOf } from '../../src/domain/policy/document.ts'
import { HostMatcher } from '../../src/domain/policy/host-matcher.ts'
import { emptyPolicy } from '../../src/domain/policy/policy.ts'
import { retryDelay } from '../../src/domain/policy/retry.ts'
import { priorityOf, revisitAfter, ruleOf } from '../../src/domain/policy/rules.ts'

test('13.4 the first rule that matches counts', () => {
  const policy = policyOf({
    rules: [
      { hosts: ['api.example.com', 'example.net'], concurrency: 1 },
      { hosts: '*.example.com', concurrency: 2 },
      { hosts: 'www.example.com', concurrency: 3 },
      { hosts: '*', concurrency: 4 },
      { hosts: '*.example.org', concurrency: 5 },
    ],
  })
  const concurrencies = {
    'api.example.com': 1,
    'example.net': 1,
    'www.example.net': 4,
    'example.com': 2,
    'www.example.com': 2,
    'a.b.c.example.com': 2,
    'notexample.com': 4,
    'www.example.com.': 2,
    'www.example.org': 4,
    com: 4,
    '[::1]': 4,
    '': 4,
  }
  for (const [group, concurrency] of Object.entries(concurrencies)) {
    assert.equal(ruleOf(policy, group)?.concurrency, concurrency, group)
  }
  assert.equal(ruleOf(policyOf({ rules: [{ hosts: 'a.example' }] }), 'b.example'), null)
  assert.equal(ruleOf(emptyPolicy, 'example.com'), null)
})

test('13.4 the matcher finds what a search through all patterns finds', () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    .map((all) => all.join('.'))
  const pattern = fc.oneof(
    name,
    name.map((each) => `*.${each}`),
    fc.constant('*'),
  )
  const matches = (each: string, host: string) =>
    each === '*' || each === host || (each.startsWith('*.') && `.${host}`.endsWith(each.slice(1)))
  fc.assert(
    fc.property(fc.array(fc.array(pattern, { maxLength: 3 }), { maxLength: 6 }), name, (entries, host) => {
      const matcher = new HostMatcher()
      for (const [index, patterns] of entries.entries()) matcher.add(patterns, index)
      const expected = entries.findIndex((patterns) => patterns.some((each) => matches(each, host)))
      assert.equal(matcher.indexOf(host), expected === -1 ? null : expected)
    }),
    { numRuns: 5000 },
  )
})

test('13.11 the first priority that matches counts, by the host or by the label', () => {
  const policy = policyOf({
    groupBy: 'domain',
    priorities: [
      { hosts: 'www.example.com', priority: 5 },
      { label: 'LIST', priority: -1 },
      { hosts: '*.example.com', priority: 2 },
      { label: 'DETAIL', priority: 7 },
      { label: 'LIST', priority: 9 },
    ],
  })
  const of = (host: string, label?: unknown) => priorityOf(policy, `https://${host}/`, label)
  assert.equal(of('www.example.com', 'LIST'), 5)
  assert.equal(of('api.example.com', 'LIST'), -1)
  assert.equal(of('api.example.com', 'DETAIL'), 2)
  assert.equal(of('other.example', 'DETAIL'), 7)
  assert.equal(of('other.example', 'LIST'), -1)
  assert.equal(of('other.example', ['LIST']), 0)
  assert.equal(of('other.example'), 0)
  assert.equal(priorityOf(emptyPolicy, 'https://www.example.com/', 'LIST'), 0)
})

test('13.9 revisits by host, and retries that wait longer each time', () => {
  const policy = policyOf({
    revisit: [{ hosts: ['news.example'], afterSecs: 60 }],
    retry: { initialSecs: 0.5, factor: 3, maxSecs: 100 },
  })
  assert.equal(revisitAfter(policy, 'https://NEWS.example/a'), 60_000)
  assert.equal(revisitAfter(policy, 'https://www.news.example/a'), null)
  assert.equal(revisitAfter(emptyPolicy, 'https://news.example/a'), null)
  const delays = [1, 2, 3, 5, 6, 1_000_000].map((retryCount) => retryDelay(policy.retry!, retryCount))
  assert.deepEqual(delays, [500, 1500, 4500, 40_500, 100_000, 100_000])
})
