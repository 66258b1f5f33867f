import type { DatabaseSync } from 'node:sqlite'
import { differenceText, type SchemaObject, schemaDifferences } from './schema.ts'

/**
 * Removes foreign triggers, views and indexes, and makes anew what is missing of these. Tables hold what somebody may
 * need, and are left as they are.
 *
 * @returns what was changed, for people
 */
export function repairSchema(db: DatabaseSync): string[] {
  const changes: string[] = []
  for (const difference of schemaDifferences(db)) {
    const { kind, object, right } = difference
    if (!hasNoRows(object) || (right !== null && !hasNoRows(right))) continue
    if (kind !== 'missing') db.exec(`DROP ${object.type} "${object.name.replaceAll('"', '""')}"`)
    if (right !== null) db.exec(right.sql!)
    changes.push(`the schema: ${differenceText(difference)}; ${right === null ? 'removed' : 'made anew'}`)
  }
  return changes
}

/** The index that SQLite made for a table has no text and goes with the table. */
function hasNoRows({ type, sql }: SchemaObject): boolean {
  return ['trigger', 'view', 'index'].includes(type) && sql !== null
}
