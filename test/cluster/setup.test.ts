/** What a start says about the set-up of a cluster (docs/scaling.md). */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Client } from 'pg'
import { distributingStatements, isCluster } from '../../harness/cluster/cluster.ts'
import { dropSchema } from '../../harness/postgres-schemas.ts'
import { newSchemaName, testPostgresUrl } from '../../harness/test-postgres.ts'
import { migratePostgres, openPostgresStore } from '../../src/store/postgres/open-store.ts'

const skip = (await isCluster(await testPostgresUrl()))
  ? false
  : 'HEADLOCK_TEST_POSTGRES names no cluster of Citus'

test('a cluster that is set up as the page says starts without a warning', { skip }, async (t) => {
  assert.deepEqual(await risksWithout(t, /nothing/), [])
})

test('a start says that the key of schema_version is missing', { skip }, async (t) => {
  const risks = await risksWithout(t, /ADD PRIMARY KEY/)
  assert.match(risks.join(), /schema_version: without the key/)
})

/** The warnings about the cluster when the matching statements of the page were left out. */
async function risksWithout(t: TestContext, leftOut: RegExp): Promise<string[]> {
  const url = await testPostgresUrl()
  const schema = newSchemaName()
  t.after(() => dropSchema(url, schema))
  await migratePostgres({ url, schema })
  const client = new Client({ connectionString: url })
  await client.connect()
  t.after(() => client.end())
  for (const text of distributingStatements(schema)) if (!leftOut.test(text)) await client.query(text)
  const risks: string[] = []
  const store = await openPostgresStore({ url, schema, onRisk: (risk) => risks.push(risk) })
  await store.close()
  return risks.filter((risk) => risk.includes('Citus'))
}
