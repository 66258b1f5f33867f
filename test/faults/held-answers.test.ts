/**
 * The database stops answering at the worst moment: when a connection was just established, or while it is
 * returned.
 */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { AnswerGate } from '../../harness/faults/answer-gate.ts'
import { dropSchema } from '../../harness/postgres-schemas.ts'
import { TcpProxy } from '../../harness/proxy.ts'
import { testPostgresUrl } from '../../harness/test-postgres.ts'
import { within } from '../../harness/within.ts'
import { Database } from '../../src/store/postgres/connection/pool.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

const nothingKnown = () => 'nothing else is known'

/** Opening a store asks: for the settings, whether there is a schema and which, and for risks. */
const looksOfStart = 4

function databaseAt(url: string): Database {
  return new Database({ url, schema: 'public', connectionsMax: 1, onProblem: () => {} })
}

async function gateBefore(t: TestContext): Promise<{ gate: AnswerGate; url: string }> {
  const before = await AnswerGate.before(await testPostgresUrl())
  t.after(() => before.gate.close())
  return before
}

describe('answers that do not come', { concurrency: true }, () => {
  test('a connection that is ready only after its call gave up goes to the next call', async (t) => {
    const { gate, url } = await gateBefore(t)
    const database = databaseAt(url)
    const isHolding = Promise.withResolvers<void>()
    const holds = database.use(async (client) => {
      isHolding.resolve()
      // The other call has already waited for a second when its connection is ready, so it gives up first.
      await client.query('SELECT pg_sleep(1)')
      gate.hold()
      gate.cutAll()
      await client.query('SELECT 1')
    })
    await isHolding.promise
    const waits = database.use((client) => client.query('SELECT 1'))
    await assert.rejects(holds)
    await assert.rejects(waits, /timeout exceeded when trying to connect/)
    gate.open()

    const { rows } = await database.use((client) => client.query('SELECT 1 AS one'))
    assert.deepEqual(rows, [{ one: 1 }])
    await within('closing', database.close(), nothingKnown)
  })

  test('a connection that is returned while the database is frozen does not delay closing', async (t) => {
    const { proxy, url } = await TcpProxy.before(await testPostgresUrl())
    t.after(() => proxy.close())
    const database = databaseAt(url)
    const isHolding = Promise.withResolvers<void>()
    const goesOn = Promise.withResolvers<void>()
    const holds = database.use(async () => {
      isHolding.resolve()
      await goesOn.promise
    })
    await isHolding.promise
    proxy.freeze()
    const closing = database.close()
    goesOn.resolve()
    await holds
    await within('closing', closing, nothingKnown)
  })

  for (let answers = 0; answers <= looksOfStart; answers++) {
    test(`a start that gets no answer after the first ${answers} fails in time, and tries again`, async (t) => {
      const databaseUrl = await testPostgresUrl()
      const schema = `faults_held_start_${answers}`
      t.after(() => dropSchema(databaseUrl, schema))
      await (await openPostgresStore({ url: databaseUrl, schema })).close()

      const { gate, url } = await gateBefore(t)
      gate.hold(answers)
      gate.onLine = (count) => {
        if (count === 2) gate.hold(Number.POSITIVE_INFINITY)
      }
      const opening = openPostgresStore({ url, schema, onRisk: () => {} })
      const store = await within('opening', opening, nothingKnown)
      await store.ping()
      await store.close()
    })
  }

  test('a start that gets no answer while it checks for another migration fails in time', async (t) => {
    // The lock covers the whole database. In that of the tests, all other tests would wait for it.
    const database = 'faults_held_lock'
    await asAdministrator(`DROP DATABASE IF EXISTS ${database}`, `CREATE DATABASE ${database}`)
    t.after(() => asAdministrator(`DROP DATABASE ${database} WITH (FORCE)`))
    const { gate, url } = await gateBefore(t)
    const own = new URL(url)
    own.pathname = database
    // The settings, no schema, the begin of a transaction: the next answer would be about the lock.
    gate.hold(3)
    gate.onLine = (count) => {
      if (count === 2) gate.hold(Number.POSITIVE_INFINITY)
    }
    const store = await within('opening', openPostgresStore({ url: own.href }), nothingKnown)
    await store.ping()
    await store.close()
  })
})

async function asAdministrator(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: await testPostgresUrl() })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}
