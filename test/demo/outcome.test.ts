/** Everything that can go wrong in the demonstration must be reported. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ledger } from '../../demo/ledger.ts'
import { type Facts, settle } from '../../demo/outcome.ts'
import { reportText } from '../../demo/report.ts'

const url = (page: number) => `http://127.0.0.1:8000/pages/${page}`

/** Four pages, two crawlers; crawler 2 is killed at 1000 over page 2, whose lock ends at 6000. */
function story(changes: (ledger: Ledger) => void = () => {}): Facts & { ledger: Ledger } {
  const ledger = new Ledger()
  ledger.visited(0, 1, 100)
  ledger.finished(url(0), 1, false)
  ledger.visited(1, 2, 200)
  ledger.finished(url(1), 2, false)
  ledger.visited(2, 2, 1000)
  ledger.visited(3, 1, 1100)
  ledger.finished(url(3), 1, false)
  ledger.visited(2, 1, 6000)
  ledger.finished(url(2), 1, false)
  changes(ledger)
  return {
    sitePages: 4,
    crawlers: 2,
    ledger,
    kill: { crawler: 2, at: 1000, held: [{ url: url(2), clientKey: 'two', lockExpiresAt: 6000 }] },
    serverKilled: false,
    counts: { total: 4, handled: 4, pending: 0 },
    kept: [0, 1, 2, 3].map((page) => ({ url: url(page), handled: true })),
    durationMs: 7000,
  }
}

test('all as promised: each page once, the killed one’s page by the other', () => {
  const outcome = settle(story())
  assert.deepEqual(outcome.problems, [])
  assert.deepEqual(outcome.crawledTwice, [])
  assert.deepEqual(outcome.fetchedAgainAfterKill, [2])
  assert.deepEqual(outcome.locks, { held: 1, takenOver: 1 })
  assert.equal(outcome.takeoverMs, 5000)
  assert.deepEqual(outcome.crawlers, [
    { number: 1, killed: false, finished: 3, takenOver: 1 },
    { number: 2, killed: true, finished: 1, takenOver: 0 },
  ])
  const text = reportText(outcome)
  assert.match(text, /crawled by crawler 2 +1 {2}killed half-way/)
  assert.match(text, /Crawled twice +0/)
  assert.match(text, /All 4 pages were crawled in 7\.0 s, none of them twice/)
})

test('a page that the killed one finished with its last call is its own, and no problem', () => {
  const facts = story()
  const ledger = new Ledger()
  ledger.visited(0, 1, 100)
  ledger.finished(url(0), 1, false)
  ledger.visited(1, 2, 200)
  const outcome = settle({
    ...facts,
    sitePages: 2,
    ledger,
    kill: { crawler: 2, at: 300, held: [{ url: url(1), clientKey: 'two', lockExpiresAt: 5300 }] },
    counts: { total: 2, handled: 2, pending: 0 },
    kept: facts.kept.slice(0, 2),
  })
  assert.deepEqual(outcome.problems, [])
  assert.deepEqual(outcome.finishedUntold, [1])
  assert.match(reportText(outcome), /before it could tell +1/)
})

test('a call that a killed server did and could not answer is made again, and no problem', () => {
  const told = story()
  const ledger = new Ledger()
  ledger.visited(0, 1, 100)
  ledger.finished(url(0), 1, true)
  const facts: Facts = {
    ...told,
    sitePages: 1,
    ledger,
    kill: { crawler: 2, at: 50, held: [{ url: url(0), clientKey: 'two', lockExpiresAt: 100 }] },
    counts: { total: 1, handled: 1, pending: 0 },
    kept: told.kept.slice(0, 1),
  }
  assert.deepEqual(settle(facts).crawledTwice, [0])
  const outcome = settle({ ...facts, serverKilled: true })
  assert.deepEqual(outcome.problems, [])
  assert.match(reportText(outcome), /a crawler and a server were killed/)
})

const problems: [what: string, facts: () => Facts, problem: RegExp][] = [
  [
    'a page finished by two crawlers',
    () => story((ledger) => ledger.finished(url(3), 2, false)),
    /^page 3 was fetched by crawler 1, and finished by crawler 1, crawler 2$/,
  ],
  [
    'the server’s word that a page had been handled before',
    () => story((ledger) => ledger.finished(url(3), 1, true)),
    /^page 3 was fetched/,
  ],
  [
    'a page fetched by two crawlers that live',
    () => story((ledger) => ledger.visited(0, 1, 150)),
    /^page 0 was fetched by crawler 1, crawler 1/,
  ],
  [
    'a page of the killed one fetched again by two',
    () => story((ledger) => ledger.visited(2, 1, 6100)),
    /^page 2 was fetched by crawler 2, crawler 1, crawler 1/,
  ],
  [
    'a lock that did not hold',
    () => {
      const facts = story()
      return { ...facts, kill: { ...facts.kill!, held: [{ ...facts.kill!.held[0]!, lockExpiresAt: 6001 }] } }
    },
    /^crawler 1 got .*\/pages\/2 1 ms before the lock on it expired$/,
  ],
  [
    'a page that nobody crawled',
    () => ({ ...story(), sitePages: 5, counts: { total: 5, handled: 5, pending: 0 } }),
    /^1 pages of the site were not crawled$/,
  ],
  [
    'a page handled by nobody',
    () => {
      const facts = story()
      const kept = [...facts.kept, { url: url(4), handled: true }]
      return { ...facts, sitePages: 5, kept, counts: { total: 5, handled: 5, pending: 0 } }
    },
    /^page 4 counts as handled, but no crawler finished it$/,
  ],
  [
    'counts that are off by one',
    () => ({ ...story(), counts: { total: 4, handled: 3, pending: 1 } }),
    /^the queue counts 3 requests as handled; it should be 4$/,
  ],
  [
    'a request too many',
    () => {
      const facts = story()
      return { ...facts, kept: [...facts.kept, { url: `${url(1)}#top`, handled: true }] }
    },
    /^the queue has 5 requests, but the site has 4 pages$/,
  ],
  [
    'a page from elsewhere',
    () => story((ledger) => ledger.finished('http://127.0.0.1:8000/elsewhere', 1, false)),
    /elsewhere was crawled, but it is not a page of the site$/,
  ],
  [
    'a page given up',
    () => story((ledger) => ledger.gaveUp(url(1), 2, 'no answer')),
    /^crawler 2 gave up on .*\/pages\/1: no answer$/,
  ],
  ['a kill that did not come about', () => ({ ...story(), kill: null }), /^no crawler was killed$/],
]

for (const [what, facts, problem] of problems) {
  test(`told: ${what}`, () => {
    const outcome = settle(facts())
    assert.ok(
      outcome.problems.some((told) => problem.test(told)),
      outcome.problems.join('\n'),
    )
    assert.match(reportText(outcome), /NOT AS PROMISED/)
  })
}
