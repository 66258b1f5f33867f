/** Jobs that a crash breaks off, and that go on after it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import type { JobOptions } from '../../harness/crash/job-process.ts'
import { playJobRound } from '../../harness/crash/job-rounds.ts'
import { planting } from '../../harness/crash/planted.ts'
import { namedSteppedSites } from '../../harness/crash/stepped-site.ts'
import { Random } from '../../harness/random.ts'
import { runProgram } from '../../harness/server-process.ts'
import { databaseName } from '../../src/store/sqlite/file/private-files.ts'

const many = 200

for (const [kind, siteFor] of namedSteppedSites) {
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

      const action = { queueId: queue.id, action: 'markHandled', until: 0 } as const
      const begin = [fork === null ? action : { queueId: queue.id, fork }]
      const ask: JobOptions = { store: where, userId, begin, jobIds: [], doneMin: 20 }
      const program = join(import.meta.dirname, '../../harness/crash/job-process.ts')
      const died = await runProgram(program, [JSON.stringify(ask)])
      assert.equal(died.signal, 'SIGKILL', died.stderr)
      const [jobId] = JSON.parse(died.stdout.split('\n')[0]!)

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

  test(`14.5 on ${kind} jobs that are killed again and again change each request once`, async (t) => {
    const random = new Random()
    t.diagnostic(`seed ${random.seed}; repeat with: npm test -- test/crash/jobs --seed ${random.seed}`)
    let killCount = 0
    const onKill = () => void killCount++
    await playJobRound(await siteFor(t), random, { requestCount: 40, onKill })
    t.diagnostic(`${killCount} kills`)
  })
}

const faults = [
  {
    name: 'a job that has done less than it was told',
    finding: /were done, and|what the job says that it did/,
    sql: 'UPDATE jobs SET done = max(0, done - 40)',
  },
  {
    name: 'a request that is written once more',
    finding: /each that it changes is written once/,
    sql: 'UPDATE queues SET write_count = write_count + 1',
  },
] as const

for (const { name, finding, sql } of faults) {
  test(`the checks of jobs find a planted fault: ${name}`, async (t) => {
    const [, siteFor] = namedSteppedSites[0]!
    const site = await siteFor(t)
    assert.ok('directory' in site.store.options)
    const whileDown = planting(join(site.store.options.directory, databaseName), sql)
    await assert.rejects(
      playJobRound(site, new Random(), { requestCount: 40, action: 'giveBack', onKill() {}, whileDown }),
      finding,
    )
  })
}
