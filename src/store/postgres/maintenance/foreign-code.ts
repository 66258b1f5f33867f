import type { ClientBase } from 'pg'
import { queryWithTimeout } from '../connection/bounded-query.ts'

const tables = [
  'users',
  'tokens',
  'queue_names',
  'queues',
  'requests',
  'groups',
  'queue_figures',
  'queue_clients',
  'jobs',
  'purges',
  'deleted_queues',
  'schema_version',
]

/**
 * Finds code in the tables that Headlock did not create: it runs when Headlock reads or writes, or decides
 * which rows Headlock sees. The migrations create none of it. The owner of the database may add plain indexes
 * and views. An index that computes something is listed, because it runs with each write.
 */
const selectForeignCode = `
  WITH ours AS (
    SELECT oid, relname, relkind, relrowsecurity FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relname = ANY ($1::name[]) AND relkind <> 'i'
  )
  SELECT format('trigger %I on %I', tgname, relname) AS what
    FROM pg_trigger JOIN ours ON ours.oid = tgrelid WHERE NOT tgisinternal
  UNION ALL SELECT format('rule %I on %I', rulename, relname) FROM pg_rewrite JOIN ours ON ours.oid = ev_class
  UNION ALL SELECT format('policy %I on %I', polname, relname) FROM pg_policy JOIN ours ON ours.oid = polrelid
  UNION ALL SELECT format('row security of %I', relname) FROM ours WHERE relrowsecurity
  UNION ALL SELECT format('%I, which is no table', relname) FROM ours WHERE relkind NOT IN ('r', 'p')
  UNION ALL SELECT format('default of %I in %I', attname, relname)
    FROM pg_attrdef JOIN ours ON ours.oid = adrelid
    JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE NOT (relname = 'queues' AND attname = 'number')
  UNION ALL SELECT format('check %I of %I', conname, relname)
    FROM pg_constraint JOIN ours ON ours.oid = conrelid WHERE contype IN ('c', 'x')
  UNION ALL SELECT format('index %I of %I, which computes', index.relname, ours.relname)
    FROM pg_index JOIN ours ON ours.oid = indrelid JOIN pg_class AS index ON index.oid = indexrelid
    WHERE indexprs IS NOT NULL OR EXISTS (
      SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = indexrelid
        AND refclassid = 'pg_proc'::regclass)
  ORDER BY 1`

/** A description of each: `trigger audit on requests`. */
export async function foreignCode(client: ClientBase): Promise<string[]> {
  const { rows } = await queryWithTimeout<{ what: string }>(client, selectForeignCode, [tables])
  return rows.map(({ what }) => what)
}

/** A message for the operator if there is any such code, with what to do. Null if there is none. */
export async function foreignRiskOf(client: ClientBase): Promise<string | null> {
  const found = await foreignCode(client)
  if (found.length === 0) return null
  return (
    `something runs in the tables of this PostgreSQL that Headlock did not make: ${found.join('; ')}. It can change what ` +
    'is stored, and create tokens. If nobody added it on purpose, drop it, and check "headlock token list".'
  )
}
