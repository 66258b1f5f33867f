/**
 * The schema of a database: tables, indexes, triggers, views. A file from elsewhere may have more than the
 * migrations create. A trigger, for example, would run with the next call and could create a token.
 */

import type { DatabaseSync } from 'node:sqlite'
import { OperatorError } from '../../../domain/operator-error.ts'
import { openDatabase } from '../file/database.ts'
import { migrations } from '../migrations/index.ts'

/**
 * A table that exists only while a copy is running. It stores how far each unfinished queue has come, and its
 * state in the source at that time. It is dropped when the copy is complete. An interrupted copy leaves it.
 */
export const createUnfinishedCopies = `
  CREATE TABLE IF NOT EXISTS unfinished_copies (
    queue_id TEXT PRIMARY KEY,
    queue_number INTEGER NOT NULL,
    state TEXT NOT NULL,
    after_id TEXT,
    copied INTEGER NOT NULL
  ) STRICT`

/** A row of `sqlite_schema`. */
export interface SchemaObject {
  readonly type: string
  readonly name: string
  readonly table: string
  /** Normalised. Null if SQLite created the object itself. */
  readonly sql: string | null
}

export interface SchemaDifference {
  readonly kind: 'foreign' | 'changed' | 'missing'
  /** The object as it is, or as it should be if it is missing. */
  readonly object: SchemaObject
  /** The object as it should be. Null if it should not exist. */
  readonly expected: SchemaObject | null
}

/** The differences between the schema of a file and what the migrations up to its version create. */
export function schemaDifferences(db: DatabaseSync): SchemaDifference[] {
  const { needed, allowed } = schemaOfVersion(pragma(db, 'user_version'))
  const found = schemaOf(db)
  const left = new Set(found)
  const differences: SchemaDifference[] = []
  for (const expected of needed) {
    const same = found.find((object) => left.has(object) && isSame(object, expected))
    if (same !== undefined) {
      left.delete(same)
      continue
    }
    const changed = found.find(
      (object) => left.has(object) && object.type === expected.type && object.name === expected.name,
    )
    if (changed !== undefined) left.delete(changed)
    differences.push({ kind: changed ? 'changed' : 'missing', object: changed ?? expected, expected })
  }
  for (const object of allowed) {
    const same = found.find((other) => left.has(other) && isSame(other, object))
    if (same !== undefined) left.delete(same)
  }
  for (const object of left) {
    // SQLite's own index of a table goes with it.
    if (object.sql === null && [...left].some(({ type, name }) => type === 'table' && name === object.table))
      continue
    differences.push({ kind: 'foreign', object, expected: null })
  }
  return differences
}

/** @throws OperatorError that lists the differences, if the schema is not what the migrations create */
export function assertOwnSchema(db: DatabaseSync): void {
  const differences = schemaDifferences(db)
  if (differences.length === 0) return
  throw new OperatorError(
    `The schema of the database is not what Headlock creates: ${differences.map(differenceText).join('; ')}. Foreign parts ` +
      'could change or reveal what is stored, so the database is not used.',
    'Find out where it came from. Then restore a backup from before, ' +
      'or remove what can be removed: headlock verify --repair --data DIR (docs/backup.md).',
  )
}

/** A text for people: `trigger "plant" on "requests" was not made by Headlock`. */
export function differenceText({ kind, object }: SchemaDifference): string {
  const { type, name, table } = object
  const what = `${type} ${JSON.stringify(name)}${table === name ? '' : ` on ${JSON.stringify(table)}`}`
  if (kind === 'missing') return `${what} is missing`
  return kind === 'changed' ? `${what} is another one` : `${what} was not made by Headlock`
}

/** Normalises comments and white space. Everything else is kept byte for byte, as is the text in quotes. */
export function normalisedSql(sql: string): string {
  const tokens =
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[ \t\n\f\r]+|[\s\S]/g
  let text = ''
  for (const [token] of sql.matchAll(tokens)) {
    const isSpace = /^(?:--|\/\*.|[ \t\n\f\r])/s.test(token)
    if (!isSpace) text += token
    else if (text !== '' && !text.endsWith(' ')) text += ' '
  }
  return text.trimEnd()
}

function isSame(one: SchemaObject, other: SchemaObject): boolean {
  return (
    one.type === other.type && one.name === other.name && one.table === other.table && one.sql === other.sql
  )
}

function schemaOf(db: DatabaseSync): SchemaObject[] {
  return db
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema')
    .all()
    .map(({ type, name, tbl_name, sql }) => ({
      type: String(type),
      name: String(name),
      table: String(tbl_name),
      sql: sql === null ? null : normalisedSql(String(sql)),
    }))
}

interface KnownSchema {
  readonly needed: readonly SchemaObject[]
  readonly allowed: readonly SchemaObject[]
}

const knownSchemas = new Map<number, KnownSchema>()

/** What the migrations up to this version create, and what else is allowed. */
function schemaOfVersion(version: number): KnownSchema {
  let known = knownSchemas.get(version)
  if (known === undefined) {
    const db = openDatabase(':memory:')
    try {
      for (const sql of migrations.slice(0, version)) db.exec(sql)
      const needed = schemaOf(db)
      db.exec(createUnfinishedCopies)
      known = { needed, allowed: schemaOf(db).slice(needed.length) }
    } finally {
      db.close()
    }
    knownSchemas.set(version, known)
  }
  return known
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get()!)[0])
}
