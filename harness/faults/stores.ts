import type { TestContext } from 'node:test'
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { dropSchema } from '../postgres-schemas.ts'
import { TcpProxy } from '../proxy.ts'
import { testPostgresUrl } from '../test-postgres.ts'

/** A store on the PostgreSQL of the tests, in its own schema, on the clock of the database. */
export async function openStore(
  t: TestContext,
  schema: string,
  options: Partial<PostgresOptions> = {},
): Promise<Store> {
  const url = await testPostgresUrl()
  // An earlier run may have been killed before it dropped its schema.
  await dropSchema(url, schema)
  const store = await openPostgresStore({ url, schema, ...options })
  t.after(async () => {
    await store.close()
    await dropSchema(url, schema)
  })
  return store
}

/** The same through a proxy whose connections can be cut and frozen. */
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
