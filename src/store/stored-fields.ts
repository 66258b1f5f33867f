/**
 * The fields of a request that are stored as text and copied into answers. The server writes them correctly,
 * but a file can be damaged or edited by hand. One request whose text is not JSON would make every list with
 * it unreadable.
 */
import type { StatementSync } from 'node:sqlite'
import { limits } from '../domain/limits.ts'
import { shownFields } from '../domain/request.ts'
import { openDatabase } from './sqlite/file/database.ts'

let statements: { readonly isValid: StatementSync; readonly names: StatementSync } | undefined

/** SQLite checks JSON without building objects: 0.5 µs for 300 bytes, 1 ms for a megabyte. */
function jsonStatements() {
  if (statements === undefined) {
    const db = openDatabase(':memory:')
    // The text stands after another member, as in an answer.
    statements = {
      isValid: db.prepare(`SELECT json_valid('{"":0,' || ? || '}')`),
      // Only for valid JSON, because this also accepts some invalid texts.
      names: db.prepare(`SELECT key FROM json_each('{' || ? || '}')`),
    }
    statements.isValid.setReturnArrays(true)
    statements.names.setReturnArrays(true)
  }
  return statements
}

/** Whether the text is the members of a JSON object, or empty. Then it can be part of an answer. */
export function areMembers(text: string): boolean {
  if (text === '') return true
  // SQLite stops reading at a NUL.
  if (text.includes('\0')) return false
  const [isValid] = jsonStatements().isValid.get(text) as unknown as [number]
  // SQLite refuses more than 1,000 levels, but older versions stored such texts.
  return isValid === 1 || canBeParsed(`{"":0,${text}}`)
}

function canBeParsed(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

/** What is wrong with these fields, or null. */
export function problemOfFields(text: string): string | null {
  if (depthOf(text) >= limits.jsonDepthMax) {
    return `the stored fields of a request are nested more than ${limits.jsonDepthMax} levels deep`
  }
  if (!areMembers(text)) return 'the stored fields of a request are not JSON'
  const names = (jsonStatements().names.all(text) as unknown as [string][]).map(([name]) => name)
  if (names.some((name) => shownFields.has(name)) || new Set(names).size < names.length) {
    return 'a request has a field twice'
  }
  return null
}

const quote = 0x22
const backslash = 0x5c

/** How deep lists and objects are nested in a JSON text. Any number if it is not JSON. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let isInText = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === quote) isInText = !isInText
    else if (isInText) index += code === backslash ? 1 : 0
    // [ and {, ] and }: each pair differs in one bit.
    else if ((code & 0xdf) === 0x5b) deepest = Math.max(deepest, ++depth)
    else if ((code & 0xdf) === 0x5d) depth--
  }
  return deepest
}
