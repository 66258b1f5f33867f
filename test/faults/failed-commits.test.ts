/** What a commit says when it fails, and what becomes of the calls in its transaction (11.5). */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { refuses } from '../../harness/conversation.ts'
import { newQueue } from '../../harness/faults/workers.ts'
import { dropSchema } from '../../harness/postgres-schemas.ts'
import { newSchemaName, testPostgresUrl } from '../../harness/test-postgres.ts'
import { HeadlockError } from '../../src/domain/errors.ts'
import { CommitUnknown, commit } from '../../src/store/postgres/connection/commit.ts'
import { openPostgresStore } from '../../src/store/postgres/open-store.ts'

for (const code of ['XX000', '08006', '08007', '57014', '40003']) {
  test(`11.5 a commit that failed with ${code} has an unknown outcome: 503, and no second try`, async (t) => {
    const { queue, commits } = await failingCommits(t, code, 1)
    // In one turn of the event loop, and so in one transaction.
    const calls = await Promise.allSettled(['a', 'b'].map((key) => queue.client(key).add(key)))
    assert.equal(await commits(), 1)
    for (const call of calls) {
      assert.ok(call.status === 'rejected' && call.reason instanceof HeadlockError)
      assert.equal(call.reason.errorName, 'storeUnavailable')
      assert.match(call.reason.message, /did not confirm the change/)
    }
    await queue.client('a').add('a')
    assert.deepEqual(await queue.client('a').head(), ['a'])
  })
}

for (const code of ['40001', '40P01']) {
  test(`11.5 a commit that failed with ${code} was undone, and is tried again`, async (t) => {
    const { queue, commits } = await failingCommits(t, code, 2)
    await queue.client('a').add('a')
    assert.equal(await commits(), 3)
    assert.deepEqual(await queue.client('a').head(), ['a'])
  })
}

test('11.5 a commit that failed after a read only has an unknown outcome too, as in a cluster', async (t) => {
  const { queue } = await failingCommits(t, 'XX000', 0)
  await queue.client('a').add('a')
  const { query } = Client.prototype
  Client.prototype.query = function failing(this: Client, ...args: unknown[]) {
    const flight = args[0] as Flight
    const { handleCommandComplete } = flight
    flight.handleCommandComplete = (answer) => {
      if (answer.text !== 'COMMIT') handleCommandComplete.call(flight, answer)
      else flight.handleError(Object.assign(new Error('it failed'), { severity: 'ERROR', code: 'XX000' }))
    }
    return (query as (...all: unknown[]) => unknown).apply(this, args)
  } as typeof query
  try {
    await refuses(queue.client('a').head(), 'storeUnavailable')
  } finally {
    Client.prototype.query = query
  }
})

for (const { severity, code, isUnknown } of [
  { severity: 'FEHLER', code: '40001', isUnknown: false },
  { severity: 'ОШИБКА', code: '40P01', isUnknown: false },
  { severity: 'FEHLER', code: 'XX000', isUnknown: true },
  { severity: 'ВАЖНО', code: '25P03', isUnknown: true },
  { severity: 'FATAL', code: '40001', isUnknown: true },
]) {
  test(`11.5 a commit that failed with ${severity} ${code} ${isUnknown ? 'has an unknown outcome' : 'was undone'}`, async () => {
    const error = Object.assign(new Error('it failed'), { severity, code })
    const client = { query: (flight: Flight) => flight.handleError(error) } as unknown as Client
    await assert.rejects(commit(client, []), (thrown) => thrown instanceof CommitUnknown === isUnknown)
  })
}

/** What the driver calls for each answer to statements that were sent together. */
interface Flight {
  handleCommandComplete(answer: { readonly text: string }): void
  handleError(error: unknown): void
}

/** A queue whose first `count` transactions with an add fail when they commit. */
async function failingCommits(t: TestContext, code: string, count: number) {
  const url = await testPostgresUrl()
  const schema = newSchemaName()
  const store = await openPostgresStore({ url, schema })
  const admin = new Client({ connectionString: url, options: `-c search_path=${schema}` })
  await admin.connect()
  t.after(async () => {
    await store.close()
    await admin.end()
    await dropSchema(url, schema)
  })
  const queue = await newQueue(store, null)
  // A sequence counts what was undone, too.
  await admin.query('CREATE SEQUENCE commits')
  await admin.query(`
    CREATE FUNCTION ${schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('${schema}.commits') <= ${count} THEN RAISE EXCEPTION 'it failed' USING ERRCODE = '${code}'; END IF;
      RETURN NULL;
    END $$`)
  // The row of the queue is written once a transaction.
  await admin.query(`
    CREATE CONSTRAINT TRIGGER fail AFTER UPDATE ON queues DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.total_count > OLD.total_count) EXECUTE FUNCTION ${schema}.fail()`)
  async function commits(): Promise<number> {
    const { rows } = await admin.query<{ last_value: string }>('SELECT last_value FROM commits')
    return Number(rows[0]!.last_value)
  }
  return { queue, commits }
}
