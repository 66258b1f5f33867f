/** A policy of a large queue that a crash keeps from coming into force, and that comes into force after it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { content, TestQueue } from '../../harness/conversation.ts'
import type { BuildingOptions } from '../../harness/crash/building-process.ts'
import { namedSteppedSites } from '../../harness/crash/stepped-site.ts'
import { runProgram } from '../../harness/server-process.ts'

const many = 15_000
const hostCount = 1000
const document = { rules: [{ hosts: ['*'], concurrency: 1 }] }

for (const [kind, siteFor] of namedSteppedSites) {
  test(`13.2 on ${kind} a policy goes on coming into force after kill -9`, async (t) => {
    const { store: where, open } = await siteFor(t)
    const before = await open()
    const { id: userId } = await before.ensureUser({ username: 'alice' })
    const { queue } = await before.getOrCreateQueue({ userId, name: 'pages' })
    const filler = new TestQueue(before, userId, { queueId: queue.id }).client('filler')
    for (let from = 0; from < many; from += 1000) {
      await filler.addContents(
        Array.from({ length: 1000 }, (_, index) => {
          const number = from + index
          return content(`page-${number}`, { url: `https://host-${number % hostCount}.test/${number}` })
        }),
      )
    }
    await before.close()

    const ask: BuildingOptions = { store: where, userId, queueId: queue.id, document, doneMin: 1000 }
    const program = join(import.meta.dirname, '../../harness/crash/building-process.ts')
    const died = await runProgram(program, [JSON.stringify(ask)])
    assert.equal(died.signal, 'SIGKILL', died.stderr)

    const after = await open()
    try {
      const address = { userId, queue: { queueId: queue.id } }
      let view = await after.getPolicy(address)
      assert.equal(view.state, 'building')
      assert.ok(view.progress!.done >= 1000)
      while (view.state === 'building') view = await after.getPolicy(address)
      assert.deepEqual(await after.check(), [])
      const a = new TestQueue(after, userId, { queueId: queue.id }).client('a')
      assert.equal((await a.lockHead(60, 1000)).items.length, hostCount)
      assert.deepEqual((await a.lockHead(60, 1000)).items, [])
    } finally {
      await after.close()
    }
  })
}
