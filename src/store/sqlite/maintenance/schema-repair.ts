import type { DatabaseSync } from 'node:sqlite'
import { differenceText, type SchemaObject, schemaDifferences } from './schema.ts'

/**
 * Removes foreign triggers, views and indexes, and recreates missing ones of ours. Tables may hold data that
 * somebody needs, so they stay as they are.
 *
 * @returns what was changed, for people
 */
export function repairSchema(db: DatabaseSync): string[] {
  const changes: string[] = []
  for (const difference of schemaDifferences(db)) {
    const { kind, object, expected } = difference
    if (!hasNoRows(object) || (expected !== null && !hasNoRows(expected))) continue
    if (kind !== 'missing') db.exec(`DROP ${object.type} "${object.name.replaceAll('"', '""')}"`)
    if (expected !== null) db.exec(expected.sql!)
    changes.push(`the schema: ${differenceText(difference)}; ${expected === null ? 'removed' : 'recreated'}`)
  }
  return changes
}

/** SQLite's own index of a table has no SQL text, and goes with the table. */
function hasNoRows({ type, sql }: SchemaObject): boolean {
  return ['trigger', 'view', 'index'].includes(type) && sql !== null
}
