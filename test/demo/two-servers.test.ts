/** The same three processes against two servers on one PostgreSQL; a crawler and one of the servers are killed. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { demonstrate } from '../../demo/demonstration.ts'
import { readOptions } from '../../demo/options.ts'

test('two servers, one is killed, and every page is crawled once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-demo-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const options = { ...readOptions(['--fast', '--store', 'postgres'])!, directory }
  const notes: string[] = []
  const progress = { note: (line: string) => notes.push(line), show: () => {}, stop: () => {} }
  const outcome = await demonstrate(options, progress, t.signal)

  const told = notes.join('\n')
  assert.deepEqual(outcome.problems, [], told)
  assert.deepEqual(outcome.crawledTwice, [])
  assert.deepEqual(outcome.queue, { total: options.pages, handled: options.pages, pending: 0 })
  assert.equal(outcome.serverKilled, true)
  assert.match(told, /server 1 was killed/)
  const [killed, ...others] = outcome.crawlers.filter((crawler) => crawler.killed)
  assert.ok(killed !== undefined && others.length === 0, 'one crawler was killed')
})
