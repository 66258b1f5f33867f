import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageOf, planSite, serveSite } from '../../demo/site.ts'

const options = { pages: 300, seed: 7, delayMs: { min: 5, max: 9 } }

/** The pages that can be reached from the start page. */
function reachable(plan: ReturnType<typeof planSite>): Set<number> {
  const seen = new Set([0])
  for (const page of seen) {
    for (const link of plan[page]!.links) seen.add(pageOf(link)!)
  }
  return seen
}

test('the same seed makes the same site, another seed another one', () => {
  assert.deepEqual(planSite(options), planSite(options))
  assert.notDeepEqual(planSite(options), planSite({ ...options, seed: 8 }))
})

test('every page can be reached, and no link leads out of the site', () => {
  for (const pages of [2, 20, 31, 300]) {
    const seen = reachable(planSite({ ...options, pages }))
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      Array.from({ length: pages }, (_, page) => page),
    )
  }
})

test('every page links to about ten others, to some twice, to parts of pages and back to the start', () => {
  for (const [number, { links, delayMs }] of planSite(options).entries()) {
    assert.ok(links.length >= 14, `page ${number} has ${links.length} links`)
    assert.ok(new Set(links).size < links.length || number === 0)
    assert.ok(links.some((link) => link.includes('#part-')))
    assert.ok(links.includes(`/pages/${number}#top`))
    assert.ok(links.includes('/pages/0'))
    assert.ok(delayMs >= 5 && delayMs <= 9)
  }
})

test('the site tells who asks for a page, and knows no other pages', async (t) => {
  const visits: [number, number][] = []
  const plan = planSite({ ...options, pages: 20 })
  const site = await serveSite(plan, (page, crawler) => visits.push([page, crawler]))
  t.after(() => site.close())

  const answer = await fetch(new URL('/pages/3', site.url), { headers: { 'x-crawler': '2' } })
  const text = await answer.text()
  assert.equal(answer.status, 200)
  for (const link of plan[3]!.links) assert.ok(text.includes(`<a href="${link}">`))
  for (const path of ['/', '/pages/20', '/pages/03', '/pages/x', '/pages/1/2']) {
    const missing = await fetch(new URL(path, site.url))
    assert.equal(missing.status, 404, path)
  }
  assert.deepEqual(visits, [[3, 2]])
})
