/** Hides credentials in what is shown of a request. */
const secretName =
  /authoriz|auth(?!or)|cookie|token|secret|passw|passphrase|pwd|credential|(?:api|access|private|signing)[-_ ]?key|session|signature|jwt|bearer|[cx]srf/i
/** Names that are a credential only where nothing else is in them. */
const secretWord = /^(?:sig|sid|pass|otp|hmac)$/i
/** Settings and counts that only sound like one: `maxTokens`, `sessionRotationCount`. */
const countName = /max|limit|count|size|length/i

export const mask = '••••••'

/** A copy of the value with the credentials in it hidden, at any depth. */
export function masked(value: unknown, name = ''): unknown {
  if (isSecret(name, value)) return mask
  if (typeof value === 'string') return name === 'payload' ? maskedPayload(value) : maskedString(value)
  if (Array.isArray(value)) return value.map((each) => masked(each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, masked(each, key)]))
}

/** Hides the user in a URL, and the values of its query that look like credentials. All else stays as it was sent. */
export function maskedUrl(url: string): string {
  return maskedFields(url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${mask}@`))
}

/** A URL may have signs in it that end one in the middle of a text. */
function maskedString(text: string): string {
  return maskedText(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? maskedUrl(text) : text)
}

/** Hides the credentials in the URLs of a text, in its lines of headers, and tokens that tell what they are. */
export function maskedText(text: string): string {
  return text
    .replace(/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>`]+/gi, maskedUrl)
    .replace(/\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s*[:=])[^\n]+/gi, `$1$2 ${mask}`)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${mask}`)
    .replace(/\beyJ[\w-]{8,2000}\.[\w-]{8,2000}(?:\.[\w-]{0,2000})?/g, mask)
}

/** A payload is text, and often JSON or a form. */
function maskedPayload(payload: string): string {
  try {
    const value: unknown = JSON.parse(payload)
    const shown = JSON.stringify(masked(value))
    // What has no credential stays as it was sent, with its spaces.
    return shown === JSON.stringify(value) ? payload : shown
  } catch {
    return maskedText(maskedFields(payload))
  }
}

function isSecret(name: string, value: unknown): boolean {
  if (value === null || value === '' || typeof value === 'boolean') return false
  if (typeof value === 'number' && countName.test(name)) return false
  return secretName.test(name) || secretWord.test(name)
}

/** Fields in the form of a query: `name=value`, parted by `&`. */
function maskedFields(text: string): string {
  return text.replace(/(^|[?&;#])([^?&;#=\s]+)=([^&;#]+)/g, (whole, start: string, name: string, value) =>
    // Elsewhere, a key is a name more often than a secret.
    isSecret(decoded(name), value) || /^key$/i.test(name) ? `${start}${name}=${mask}` : whole,
  )
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
