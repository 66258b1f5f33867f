import type { StoreState } from '../../params/state.ts'
import type { Database } from '../connection/pool.ts'
import { withRetries } from '../connection/retries.ts'
import { statement } from '../connection/statement.ts'

const selectState = statement(`
  SELECT current_setting('server_version') AS version,
    (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
     WHERE relnamespace = to_regnamespace($1) AND relkind = 'r')::bigint AS size_bytes`)

export async function inspectStore(database: Database): Promise<StoreState> {
  const [row] = await withRetries(() =>
    database.query<{ version: string; size_bytes: number }>(selectState, [database.schema]),
  )
  const { version, size_bytes } = row!
  // In a cluster the tables of the other machines are not in this sum.
  const sizeBytes = database.isCluster ? null : size_bytes
  return { kind: 'postgres', version, sizeBytes, walBytes: null, disk: null }
}
