/**
 * Rule 2.8: half a surrogate pair is shown as U+FFFD. JSON may escape such halves anywhere in a text or a name, and
 * JSON.stringify writes them as escapes again, always in lower case; of what is no half it escapes nothing with these
 * letters. So they are found in JSON text without a look at each character: nearly none has one.
 */
const escapeOfHalf = '\\ud'
const escapeLength = '\\ud800'.length
const replacement = '\ufffd'
const backslash = 0x5c

/**
 * Members of an object as JSON, without its braces, as JSON.stringify wrote them; halves become U+FFFD. Names that become
 * the same are one member with the last value, as where JSON has a name twice.
 */
export function wellFormedMembers(text: string): string {
  return text.includes(escapeOfHalf) ? wellFormed(`{${text}}`).slice(1, -1) : text
}

/** The same for any JSON text that JSON.stringify wrote. */
export function wellFormedJson(text: string): string {
  return text.includes(escapeOfHalf) ? wellFormed(text) : text
}

/** At most so many characters of a well-formed text, and a sign that there are more; no pair is cut in half. */
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
    // Nested too deeply to be written again; earlier versions stored such requests. Only equal names are left in it.
    return replaced
  }
}

function withoutHalves(json: string): string {
  let text = ''
  let from = 0
  for (let at = json.indexOf(escapeOfHalf); at !== -1; at = json.indexOf(escapeOfHalf, at + 1)) {
    // Otherwise it is a backslash that is itself escaped, and the letters after it.
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
