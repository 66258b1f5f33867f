/** A PostgreSQL for tests that is a cluster of Citus: each test's schema is distributed as docs/scaling.md says. */
import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { migratePostgres } from '../../src/store/postgres/open-store.ts'

const page = new URL('../../docs/scaling.md', import.meta.url)

/** Whether the database has the extension. */
export async function isCluster(url: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query("SELECT FROM pg_extension WHERE extname = 'citus'")
    return rows.length > 0
  })
}

/** Makes the schema and distributes its tables; does nothing where there is no cluster. */
export async function distributeSchema(url: string, schema: string): Promise<void> {
  if (!(await isCluster(url))) return
  await migratePostgres({ url, schema })
  await withClient(url, async (client) => {
    for (const statement of distributingStatements(schema)) await client.query(statement)
  })
}

/** The URLs of the nodes that have shards, beside the coordinator. */
export async function workerUrls(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ nodename: string; nodeport: number }>(
      'SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 AND isactive ORDER BY nodeid',
    )
    return rows.map(({ nodename, nodeport }) => {
      const worker = new URL(url)
      worker.hostname = nodename
      worker.port = String(nodeport)
      return worker.href
    })
  })
}

/** Those of the page, for another schema. */
export function distributingStatements(schema: string): string[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/```sql\n(.*?)```/gs)
  const block = [...blocks].map(([, text]) => text!).find((text) => text.includes('create_distributed_table'))
  if (block === undefined) throw new Error('docs/scaling.md has no statements that distribute tables')
  return block
    .replaceAll('headlock.', `${schema}.`)
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
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
