import type { TestContext } from 'node:test'
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts'
import type { Store } from '../../src/store/store.ts'
import { TcpProxy } from '../proxy.ts'
import { dropSchema } from '../stores.ts'
import { testPostgresUrl } from '../test-postgres.ts'

/** A store on the PostgreSQL of the tests, in a schema of its own and by the database's clock. */
export async function openStore(
  t: TestContext,
  schema: string,
  options: Partial<PostgresOptions> = {},
): Promise<Store> {
  const url = await testPostgresUrl()
  // One that an earlier run was killed over.
  await dropSchema(url, schema)
  const store = await openPostgresStore({ url, schema, ...options })
  t.after(async () => {
    await store.close()
    await dropSchema(url, schema)
  })
  return store
}

/** The same, with a line to the database that can be cut and held. */
export async function openStoreBehindProxy(
  t: TestContext,
  schema: string,
  connectionsMax: number,
): Promise<{ store: Store; proxy: TcpProxy }> {
  const { proxy, url } = await TcpProxy.before(await testPostgresUrl())
  const store = await openStore(t, schema, { url, connectionsMax })
  t.after(() => proxy.close())
  return { store, proxy }
}
