/** Jobs that a crash breaks off, and that go on after it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import type { JobOptions } from '../../harness/crash/job-process.ts'
import { steppedSites } from '../../harness/crash/stepped-site.ts'
import { runProgram } from '../../harness/server-process.ts'

const many = 200

for (const [kind, siteFor] of steppedSites) {
  for (const fork of [null, 'copy']) {
    const [rule, what] = fork === null ? ['14.5', 'an action'] : ['14.6', 'a fork']
    test(`${rule} on ${kind} ${what} goes on after kill -9, and does each request once`, async (t) => {
      const { store: where, open } = await siteFor(t)
      const before = await open()
      const { id: userId } = await before.ensureUser({ username: 'alice' })
      const { queue } = await before.getOrCreateQueue({ userId, name: 'source' })
      const keys = Array.from({ length: many }, (_, index) => `page-${String(index).padStart(3, '0')}`)
      const a = new TestQueue(before, userId, { queueId: queue.id }).client('a')
      await a.addContents(keys.map((key) => content(key)))
      await before.close()

      const ask: JobOptions = { store: where, userId, queueId: queue.id, fork, doneMin: 20 }
      const program = join(import.meta.dirname, '../../harness/crash/job-process.ts')
      const died = await runProgram(program, [JSON.stringify(ask)])
      assert.equal(died.signal, 'SIGKILL', died.stderr)
      const jobId = died.stdout

      const after = await open()
      try {
        const broken = await after.getJob({ userId, jobId })
        assert.equal(broken.state, 'running')
        assert.ok(broken.done >= 20 && broken.done < many, `${broken.done} are done`)
        const changed = new TestQueue(after, userId, { queueId: broken.queueId })
        const { total, handled } = await changed.counts()
        // What is done and how far the job came are stored together.
        assert.equal(fork === null ? handled : total, broken.done)
        assert.deepEqual(await after.check(), [])
        while (await after.continueJobs()) {}
        const { state, done, matched } = await after.getJob({ userId, jobId })
        assert.deepEqual([state, done, matched], ['done', many, many])
        const pending = fork === null ? [] : keys
        assert.deepEqual(await changed.client('x').head(), pending)
        const handledNow = many - pending.length
        assert.deepEqual(await changed.counts(), {
          total: many,
          handled: handledNow,
          pending: pending.length,
        })
      } finally {
        await after.close()
      }
    })
  }
}
