import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newQueue } from '../../harness/faults/workers.ts'
import { PostgresServer } from '../../harness/postgres-server.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

test('11.1 a database with synchronous_commit off loses nothing acknowledged when it crashes', async () => {
  // Nothing else brings the log to the disk before the crash.
  const server = await PostgresServer.start(['synchronous_commit=off', 'wal_writer_delay=10s'])
  try {
    const risks: string[] = []
    const store = await openPostgresStore({ url: server.url, onRisk: (risk) => risks.push(risk) })
    try {
      const queue = await newQueue(store, null)
      const client = queue.client('one')
      for (const key of ['a', 'b', 'c']) await client.add(key)
      await server.down('SIGQUIT')
      await server.up()
      assert.equal((await queue.get('c')).uniqueKey, 'c')
      assert.deepEqual(risks, [], 'and so nobody needs to be warned')
    } finally {
      await store.close()
    }
  } finally {
    await server.discard()
  }
})
