import type { ClientBase } from 'pg'
import { queryWithTimeout } from './bounded-query.ts'

/**
 * Finds server settings that are off and must be on. A session cannot set them for itself, as it can
 * `synchronous_commit` (pool.ts).
 */
const selectRisks = `
  SELECT string_agg(name, ' and ' ORDER BY name) AS names FROM pg_settings
  WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'`

/**
 * A message for the operator if a crash could lose acknowledged changes (11.1), with what to do. Null if none
 * could.
 */
export async function riskOf(client: ClientBase): Promise<string | null> {
  const { rows } = await queryWithTimeout<{ names: string | null }>(client, selectRisks)
  const names = rows[0]?.names ?? null
  if (names === null) return null
  return (
    `this PostgreSQL runs with ${names} off: unless its storage makes up for that, a crash of its machine may lose what was ` +
    'acknowledged, or damage the database. Set both to on in postgresql.conf and reload the configuration.'
  )
}
