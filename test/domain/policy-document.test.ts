import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeadlockError } from '../../src/domain/errors.ts'
import { policyOf, textOfDocument } from '../../src/domain/policy/document.ts'
import { emptyPolicy } from '../../src/domain/policy/policy.ts'

/** The message of the refusal, without its beginning. */
function refusalOf(document: unknown): string {
  try {
    policyOf(document)
  } catch (error) {
    assert.ok(error instanceof HeadlockError)
    assert.equal(error.errorName, 'invalidInput')
    return String(error.values['problem'])
  }
  return 'taken'
}

test('13.1 the empty policy', () => {
  assert.deepEqual(policyOf({}), emptyPolicy)
})

test('13.1 every field of a policy', () => {
  const document = {
    groupBy: 'host',
    rules: [
      { hosts: 'Example.com', concurrency: 2, delaySecs: 1.5, paused: true },
      { hosts: ['*.BÜCHER.example', '[::1]', '127.1', 'name.with.dot.'], delaySecs: 0.0001 },
      { hosts: '*', delaySecs: 0 },
    ],
    adaptive: { maxDelaySecs: 600 },
    retry: { initialSecs: 10, factor: 2, maxSecs: 3600 },
    revisit: [{ hosts: 'news.example', afterSecs: 86_400 }],
    priorities: [
      { hosts: '*.example.com', priority: 10 },
      { label: 'DETAIL', priority: -10 },
    ],
    lockExpiriesMax: 3,
    paused: true,
    history: true,
  }
  assert.deepEqual(policyOf(document), {
    groupBy: 'host',
    rules: [
      { hosts: ['example.com'], concurrency: 2, delayMs: 1500, isPaused: true },
      {
        hosts: ['*.xn--bcher-kva.example', '[::1]', '127.0.0.1', 'name.with.dot'],
        // A delay alone means one at a time (13.4).
        concurrency: 1,
        delayMs: 1,
        isPaused: false,
      },
      { hosts: ['*'], concurrency: null, delayMs: 0, isPaused: false },
    ],
    adaptiveMaxDelayMs: 600_000,
    retry: { initialMs: 10_000, factor: 2, maxMs: 3_600_000 },
    revisit: [{ hosts: ['news.example'], afterMs: 86_400_000 }],
    priorities: [
      { hosts: ['*.example.com'], priority: 10 },
      { label: 'DETAIL', priority: -10 },
    ],
    lockExpiriesMax: 3,
    isPaused: true,
    keepsHistory: true,
  })
})

test('13.1 unknown fields and wrong values are refused by name', () => {
  const rule = (fields: object) => ({ rules: [{ hosts: '*' }, { hosts: 'a.example', ...fields }] })
  const refusals: [document: unknown, problem: RegExp][] = [
    [null, /^a policy must be an object with the fields groupBy, rules, /],
    [[], /^a policy must be an object/],
    ['{}', /^a policy must be an object/],
    [{ rule: [] }, /^rule is not a field of a policy: allowed are groupBy, rules, /],
    [JSON.parse('{"__proto__": {}}'), /^__proto__ is not a field of a policy/],
    [{ ['x'.repeat(10_000)]: 1 }, /^x{100}… is not a field/],
    [{ groupBy: 'url' }, /^groupBy must be "host" or "domain"$/],
    [{ groupBy: null }, /^groupBy must be/],
    [{ paused: 'yes' }, /^paused must be true or false$/],
    [{ history: 1 }, /^history must be true or false$/],
    [{ rules: {} }, /^rules must be a list$/],
    [{ rules: [1] }, /^rules\[0\] must be an object with the fields hosts, concurrency, delaySecs, paused$/],
    [{ rules: [{}] }, /^rules\[0\]\.hosts must be a host, as in "example\.com", /],
    [rule({ hosts: [] }), /^rules\[1\]\.hosts must be a host/],
    [rule({ hosts: ['a', 1] }), /^rules\[1\]\.hosts\[1\] must be a host/],
    [rule({ delay: 1 }), /^rules\[1\]\.delay is not a field of a rule: allowed are hosts, concurrency, /],
    [rule({ concurrency: 0 }), /^rules\[1\]\.concurrency must be a whole number from 1 to 1000$/],
    [rule({ concurrency: 1.5 }), /^rules\[1\]\.concurrency must be/],
    [rule({ concurrency: '1' }), /^rules\[1\]\.concurrency must be/],
    [rule({ concurrency: 1001 }), /^rules\[1\]\.concurrency must be/],
    [rule({ delaySecs: -1 }), /^rules\[1\]\.delaySecs must be a number from 0 to 315360000$/],
    [rule({ delaySecs: Infinity }), /^rules\[1\]\.delaySecs must be/],
    [rule({ delaySecs: '1' }), /^rules\[1\]\.delaySecs must be/],
    [rule({ paused: null }), /^rules\[1\]\.paused must be true or false$/],
    [{ adaptive: {} }, /^adaptive\.maxDelaySecs must be a number from 1 to 315360000$/],
    [{ adaptive: { maxDelaySecs: 0.5 } }, /^adaptive\.maxDelaySecs must be/],
    [{ adaptive: true }, /^adaptive must be an object/],
    [{ retry: {} }, /^retry\.initialSecs must be a number above 0 and at most 315360000$/],
    [{ retry: { initialSecs: 1, maxSecs: 2 } }, /^retry\.factor must be a number from 1 to 1000$/],
    [{ retry: { initialSecs: 1, factor: 0.5, maxSecs: 2 } }, /^retry\.factor must be/],
    [{ retry: { initialSecs: 3, factor: 2, maxSecs: 2 } }, /^retry\.maxSecs must not be below retry\.init/],
    [{ revisit: [{ hosts: '*' }] }, /^revisit\[0\]\.afterSecs must be a number above 0/],
    [{ priorities: [{ priority: 1 }] }, /^priorities\[0\] must have either hosts or label$/],
    [{ priorities: [{ hosts: '*', label: 'a', priority: 1 }] }, /^priorities\[0\] must have either/],
    [{ priorities: [{ hosts: '*' }] }, /^priorities\[0\]\.priority must be a whole number from -10 to 10$/],
    [{ priorities: [{ hosts: '*', priority: 11 }] }, /^priorities\[0\]\.priority must be/],
    [{ priorities: [{ label: '', priority: 1 }] }, /^priorities\[0\]\.label must be a text of 1 to 1000/],
    [{ lockExpiriesMax: 0 }, /^lockExpiriesMax must be a whole number from 1 to 1000$/],
  ]
  for (const [document, problem] of refusals) {
    assert.match(refusalOf(document), problem, JSON.stringify(document).slice(0, 200))
  }
})

test('13.4 host patterns that can never match are refused, with advice', () => {
  const refusals: Record<string, RegExp> = {
    'https://example.com': /without a scheme: write only the host/,
    'example.com/path': /without a path/,
    'example.com?q': /without a path/,
    'user@example.com': /without a user/,
    'example.com:8080': /without a port/,
    '[::1]:80': /without a port: write only the address/,
    '::1': /write an IPv6 address in brackets/,
    'www.*': /\* is allowed alone, and at the beginning/,
    '*example.com': /\* is allowed alone/,
    '*.*.example.com': /\* is allowed alone/,
    '*.': /is empty/,
    '': /is empty/,
    ' example.com': /has white space/,
    'exa\tmple.com': /has white space/,
    'exa<mple.com': /is not the name of a host/,
    'example.1': /is not the name of a host/,
    '*.127.0.0.1': /no names are below an address: write 127\.0\.0\.1/,
    '*.[::1]': /no names are below an address/,
    [`${'a'.repeat(300)}.example`]: /longer than a host name can be/,
  }
  for (const [hosts, problem] of Object.entries(refusals)) {
    const refusal = refusalOf({ rules: [{ hosts }] })
    assert.match(refusal, /^rules\[0\]\.hosts "/, hosts)
    assert.match(refusal, problem, hosts)
    assert.equal(refusalOf({ revisit: [{ hosts, afterSecs: 1 }] }), refusal.replace('rules', 'revisit'))
    assert.equal(refusalOf({ priorities: [{ hosts, priority: 1 }] }), refusal.replace('rules', 'priorities'))
  }
})

test('13.3 where domains are groups, rules for single hosts are refused', () => {
  const byDomain = (hosts: string) => refusalOf({ groupBy: 'domain', rules: [{ hosts }] })
  assert.match(
    byDomain('www.example.com'),
    /can never match.* all hosts of example\.com .*: write example\.com$/,
  )
  assert.match(byDomain('*.www.example.com'), /write example\.com$/)
  for (const hosts of [
    'example.com',
    '*.example.com',
    '*.co.uk',
    'ann.github.io',
    'localhost',
    '127.0.0.1',
  ]) {
    assert.equal(byDomain(hosts), 'taken', hosts)
  }
  // These are compared with the host of a request, not with its group.
  const priorities = [{ hosts: 'www.example.com', priority: 1 }]
  assert.equal(refusalOf({ groupBy: 'domain', priorities }), 'taken')
})

test('13.1 a document is stored as it came, and has at most 64 KB', () => {
  const document = { rules: [{ hosts: 'Example.com' }], paused: false }
  assert.equal(textOfDocument(document), JSON.stringify(document))
  const long = {
    priorities: Array.from({ length: 2000 }, (_, n) => ({ label: `ü${n}`.padEnd(30), priority: 1 })),
  }
  assert.throws(() => textOfDocument(long), /a policy must have at most 65536 bytes as JSON/)
})
