/**
 * Rule 2.8: half a surrogate pair is shown as U+FFFD. JSON may escape such halves anywhere in a text or a name.
 * JSON.stringify writes them as lower-case escapes, and writes no other character that way. So one search for the beginning
 * of these escapes finds them, and nearly no text has one.
 */
const escapeOfHalf = '\\ud'
const escapeLength = '\\ud800'.length
const replacement = '\ufffd'
const backslash = 0x5c

/**
 * Replaces halves with U+FFFD in the members of an object, given as JSON from JSON.stringify without the braces. When two
 * names become equal, the last value wins, as for a duplicate name in JSON.
 */
export function wellFormedMembers(text: string): string {
  return text.includes(escapeOfHalf) ? wellFormed(`{${text}}`).slice(1, -1) : text
}

/** The same for any JSON text that JSON.stringify wrote. */
export function wellFormedJson(text: string): string {
  return text.includes(escapeOfHalf) ? wellFormed(text) : text
}

/** Cuts a well-formed text to a length, and marks the cut with `…`. It never cuts a surrogate pair in half. */
export function shortened(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text
  const beginning = text.slice(0, lengthMax)
  return `${beginning.isWellFormed() ? beginning : beginning.slice(0, -1)}…`
}

function wellFormed(json: string): string {
  const replaced = withoutHalves(json)
  if (replaced === json) return json
  try {
    return JSON.stringify(JSON.parse(replaced))
  } catch {
    // Nested too deeply to be written again, as in requests of earlier versions. Then only equal names remain.
    return replaced
  }
}

function withoutHalves(json: string): string {
  let text = ''
  let from = 0
  for (let at = json.indexOf(escapeOfHalf); at !== -1; at = json.indexOf(escapeOfHalf, at + 1)) {
    // Otherwise the backslash itself is escaped, and the letters after it are plain text.
    if (backslashesBefore(json, at) % 2 !== 0) continue
    text += json.slice(from, at) + replacement
    from = at + escapeLength
  }
  return text + json.slice(from)
}

function backslashesBefore(json: string, index: number): number {
  let first = index
  while (json.charCodeAt(first - 1) === backslash) first--
  return index - first
}
