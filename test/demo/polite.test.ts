/** Three processes of Crawlee's own crawler at many sites, without a policy and with one. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readOptions } from '../../demo/options.ts'
import { demonstratePoliteness, type PoliteRun } from '../../demo/polite/demonstration.ts'
import { politeReport, problemsOf } from '../../demo/polite/report.ts'

const options = readOptions(['--polite', '--fast'])!.polite!
const pages = options.sites * options.pagesPerSite

test('the policy is kept, each page is crawled once, and without a policy sites are overrun', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-demo-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const notes: string[] = []
  const progress = { note: (line: string) => notes.push(line), show: () => {}, stop: () => {} }
  const runs = await demonstratePoliteness({ ...options, directory }, () => progress, t.signal)

  assert.deepEqual(problemsOf(runs, options), [], notes.join('\n'))
  const [without, withPolicy, ...others] = runs
  assert.ok(without !== undefined && withPolicy !== undefined && others.length === 0)
  assert.deepEqual([without.hasPolicy, withPolicy.hasPolicy], [false, true])
  assert.ok(without.mostAtOnce > 1)
  assert.ok(without.shortestGapMs < options.delaySecs * 1000)
  assert.equal(withPolicy.mostAtOnce, 1)
  assert.match(notes.join('\n'), /With this policy: \{"rules":/)
})

const good: PoliteRun = {
  hasPolicy: true,
  pages,
  requests: pages,
  mostAtOnce: 1,
  shortestGapMs: options.delaySecs * 1000,
  durationMs: 9000,
  queue: { total: pages, handled: pages, pending: 0 },
}

test('the table shows both crawls', () => {
  const runs = [{ ...good, hasPolicy: false, mostAtOnce: 7, shortestGapMs: 1, durationMs: 1000 }, good]
  const text = politeReport(runs, options)
  assert.match(text, /^without a policy +40 +1\.0 s +7 +0\.001 s$/m)
  assert.match(text, /^with the policy +40 +9\.0 s +1 +0\.300 s$/m)
  assert.match(text, /Each page was crawled once\.$/m)
})

const problems: [what: string, run: Partial<PoliteRun>, problem: RegExp][] = [
  [
    'a page that is missing',
    { pages: pages - 1, requests: pages - 1 },
    /^with the policy, 39 of 40 pages were/,
  ],
  ['a page asked for twice', { requests: pages + 1 }, /^with the policy, 1 pages were asked for again$/],
  [
    'a crawl that ended early',
    { queue: { total: pages, handled: 39, pending: 1 } },
    /39 handled and 1 pending/,
  ],
  ['two at once', { mostAtOnce: 2 }, /^2 requests were at one site at once$/],
  ['a gap too short', { shortestGapMs: 299.9 }, /^a site was asked again after 0\.300 s$/],
]

for (const [what, run, problem] of problems) {
  test(`told: ${what}`, () => {
    const runs = [{ ...good, ...run }]
    const [told = '', ...others] = problemsOf(runs, options)
    assert.match(told, problem)
    assert.deepEqual(others, [])
    assert.match(politeReport(runs, options), /NOT AS PROMISED/)
  })
}
