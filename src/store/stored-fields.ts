/**
 * The fields of a request that are kept as text and put into answers as they are. What the server writes is right, but a
 * file can be damaged or changed by hand, and one request whose text is no JSON would make every list it is on unreadable.
 */
import type { StatementSync } from 'node:sqlite'
import { limits } from '../domain/limits.ts'
import { shownFields } from '../domain/request.ts'
import { openDatabase } from './sqlite/file/database.ts'

let statements: { readonly isValid: StatementSync; readonly names: StatementSync } | undefined

/** SQLite looks at JSON without making anything of it: 0.5 µs for 300 bytes, 1 ms for a megabyte whatever is in it. */
function looks() {
  if (statements === undefined) {
    const db = openDatabase(':memory:')
    // Behind a member, because that is where the text stands in an answer.
    statements = {
      isValid: db.prepare(`SELECT json_valid('{"":0,' || ? || '}')`),
      // Of what is valid alone: it takes what is nearly JSON, too.
      names: db.prepare(`SELECT key FROM json_each('{' || ? || '}')`),
    }
    statements.isValid.setReturnArrays(true)
    statements.names.setReturnArrays(true)
  }
  return statements
}

/** Whether the text is the members of a JSON object, or empty, so that it can stand in an answer. */
export function areMembers(text: string): boolean {
  if (text === '') return true
  // What stands behind a NUL SQLite would not look at.
  if (text.includes('\0')) return false
  const [isValid] = looks().isValid.get(text) as unknown as [number]
  // SQLite gives up at 1,000 levels, which an older version has stored.
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

/** What is wrong with the fields of a request that are kept as text; null when nothing is. */
export function problemOfFields(text: string): string | null {
  if (depthOf(text) >= limits.jsonDepthMax) {
    return `the stored fields of a request are nested more than ${limits.jsonDepthMax} levels deep`
  }
  if (!areMembers(text)) return 'the stored fields of a request are no JSON'
  const names = (looks().names.all(text) as unknown as [string][]).map(([name]) => name)
  if (names.some((name) => shownFields.has(name)) || new Set(names).size < names.length) {
    return 'a request has a field twice'
  }
  return null
}

const quote = 0x22
const backslash = 0x5c

/** How deep lists and objects are nested in JSON; of what is no JSON, any number. */
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
