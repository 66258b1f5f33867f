import type { ClientBase } from 'pg'
import { queryWithTimeout } from './bounded-query.ts'

/**
 * The settings of a database server that are off and must not be: none of them can be set by a session of ours, as
 * `synchronous_commit` can (database.ts).
 */
const selectRisks = `
  SELECT string_agg(name, ' and ' ORDER BY name) AS names FROM pg_settings
  WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'`

/** In words, what puts at risk what is acknowledged (11.1), and what to do; null where nothing does. */
export async function riskOf(client: ClientBase): Promise<string | null> {
  const { rows } = await queryWithTimeout<{ names: string | null }>(client, selectRisks)
  const names = rows[0]?.names ?? null
  if (names === null) return null
  return (
    `this PostgreSQL runs with ${names} off: unless its storage makes up for that, a crash of its machine may lose what was ` +
    'acknowledged, or damage the database. Set both to on in postgresql.conf and reload the configuration.'
  )
}
