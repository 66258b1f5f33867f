/** Three processes of Crawlee's own crawler on one queue, through the official client; one of them is killed. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { demonstrate } from '../../demo/demonstration.ts'
import { readOptions } from '../../demo/options.ts'
import type { Progress, Snapshot } from '../../demo/progress.ts'

/** Keeps what is shown, for the message of a failure and to look at it. */
class Recording implements Progress {
  readonly notes: string[] = []
  readonly snapshots: Snapshot[] = []

  note(line: string): void {
    this.notes.push(line)
  }

  show(snapshot: Snapshot): void {
    this.snapshots.push(snapshot)
  }

  stop(): void {}
}

test('three crawlers share one queue, one is killed, and every page is crawled once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-demo-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const options = { ...readOptions(['--fast'])!, directory }
  const shown = new Recording()
  const outcome = await demonstrate(options, shown, t.signal)

  assert.deepEqual(outcome.problems, [], shown.notes.join('\n'))
  assert.deepEqual(outcome.crawledTwice, [])
  assert.deepEqual(outcome.queue, { total: options.pages, handled: options.pages, pending: 0 })

  const finished = outcome.crawlers.map((crawler) => crawler.finished)
  assert.equal(outcome.crawlers.length, 3)
  assert.ok(Math.min(...finished) > 0, `every crawler took part: ${finished}`)
  const reported = finished.reduce((sum, count) => sum + count, 0)
  assert.equal(reported + outcome.finishedUntold.length, options.pages)

  const [killed, ...others] = outcome.crawlers.filter((crawler) => crawler.killed)
  assert.ok(killed !== undefined && others.length === 0, 'one crawler was killed')
  assert.equal(killed.takenOver, 0)
  // The page it was killed over is one that it had fetched and could not finish: others did.
  assert.ok(outcome.fetchedAgainAfterKill.length > 0)
  assert.ok(outcome.locks.takenOver > 0)
  assert.ok(outcome.locks.held - outcome.locks.takenOver <= outcome.finishedUntold.length)

  const last = shown.snapshots.at(-1)
  assert.deepEqual(last?.queue, outcome.queue)
  assert.deepEqual(
    last?.crawlers.map(({ locks }) => locks),
    [0, 0, 0],
  )
})
