/** Whether a token that somebody thought of is one that others would not think of. What we make ourselves needs no such look. */

const lengthMin = 20
const lengthMax = 200
/** Twenty random digits, the poorest alphabet there is, have fewer once in some hundred thousand times. */
const differentMin = 5
/** So long a part of a random hexadecimal token goes on by one character at a time, or stays the same, once in millions. */
const runLengthMin = 8
/** What has to be left of a token beside words that people write into tokens. */
const besideWordsMin = 8

export const tokenAllowed =
  `${lengthMin} to ${lengthMax} random letters, digits and characters of - . _ ~ + / =; this makes one: ` +
  `node -p "crypto.randomBytes(24).toString('hex')"`

/** Instructions to the reader, as examples have them. Compared without case and without what stands between words. */
const instruction =
  /change(me|this|it)|please(change|replace)|replace(me|this|it|with)|(insert|paste|put|enter)(your|the|a|token)|your\w{0,20}(token|key|secret)|(token|key|secret|goes)here|placeholder|example|x{5}/

/** Words that make a token long and not one bit harder to guess. */
const commonWords =
  /headlock|apify|token|secret|password|passwd|passw0rd|admin|root|super|very|long|random|string|access|bearer|auth|api|key|first|default|dummy|sample|test|demo|dev|prod|local|host|qwerty|letmein|some|any|this|the|my|is|of|for|in|a/g

/**
 * What is wrong with a token that was given from outside, to follow "a token that"; null when it may be used.
 *
 * Length and characters are what a header takes. Beside that it must not be one that somebody would guess: a placeholder, the same
 * few characters, a row of the alphabet.
 */
export function tokenFault(token: string): string | null {
  if (!/^[a-z0-9._~+/=-]+$/i.test(token)) return 'has characters that do not belong in one'
  if (token.length < lengthMin) return 'is too short'
  if (token.length > lengthMax) return 'is too long'

  const letters = token.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (instruction.test(letters)) return 'is a placeholder, which everybody would try first'
  if (new Set(letters).size < differentMin) return 'has too few different characters'
  if (isRepetition(letters)) return 'says the same over and over'
  if (hasRun(letters)) return 'has a row of characters that follow on each other'
  const besideWords = letters.replace(commonWords, '')
  if (besideWords !== letters && besideWords.length < besideWordsMin) {
    return 'is made of words that everybody would try'
  }
  return null
}

function isRepetition(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period++) {
    if (text.startsWith(text.slice(period))) return true
  }
  return false
}

function hasRun(text: string): boolean {
  let step = 0
  let length = 1
  for (let index = 1; index < text.length; index++) {
    const next = text.charCodeAt(index) - text.charCodeAt(index - 1)
    length = next === step ? length + 1 : 2
    step = next
    if (Math.abs(step) <= 1 && length >= runLengthMin) return true
  }
  return false
}
