/**
 * Schemas for stores of tests. Making and dropping the tables costs PostgreSQL more than most tests do in them. So a
 * schema that a test has left is emptied, and the next test of the process gets it.
 */
import { Client } from 'pg'
import { distributeSchema } from './cluster/cluster.ts'
import { newSchemaName } from './test-postgres.ts'

/** Empty schemas that nobody uses, by the URL of their database. */
const idle = new Map<string, string[]>()

/** A schema that grew larger is dropped. Deleted rows stay in it until PostgreSQL clears them away. */
const bytesMax = 4_000_000

/** An empty schema, or one with empty tables. On a cluster its tables are there and distributed. */
export async function takeSchema(url: string): Promise<string> {
  const used = idle.get(url)?.pop()
  if (used !== undefined) return used
  const schema = newSchemaName()
  await distributeSchema(url, schema)
  return schema
}

/** Every store in the schema has to be closed. */
export async function leaveSchema(url: string, schema: string): Promise<void> {
  const isEmpty = await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string; bytes: string }>(
      `SELECT tablename AS name, pg_total_relation_size(format('%I.%I', schemaname, tablename)) AS bytes
      FROM pg_tables WHERE schemaname = $1 AND tablename <> 'schema_version' ORDER BY tablename = 'users'`,
      [schema],
    )
    const bytes = rows.reduce((sum, row) => sum + Number(row.bytes), 0)
    if (bytes > bytesMax) return false
    // One by one: in one transaction a cluster refuses those of tables that every node has.
    for (const { name } of rows) await client.query(`DELETE FROM ${schema}.${name}`)
    return true
  })
  if (!isEmpty) return dropSchema(url, schema)
  if (idle.size === 0) process.once('beforeExit', () => void dropIdle())
  idle.set(url, [...(idle.get(url) ?? []), schema])
}

export async function dropSchema(url: string, schema: string): Promise<void> {
  await withClient(url, (client) => client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`))
}

/** The server may be one that stays. When it is gone already, so are the schemas. */
async function dropIdle(): Promise<void> {
  for (const [url, schemas] of idle) {
    for (const schema of schemas) await dropSchema(url, schema).catch(() => {})
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
