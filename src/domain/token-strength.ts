/**
 * Checks whether a token that a person chose is hard to guess. Tokens that we make do not need this check.
 */

const lengthMin = 20
const lengthMax = 200
/**
 * The fewest different characters. Digits are the smallest alphabet, and twenty random digits have fewer once
 * in some hundred thousand cases.
 */
const differentMin = 5
/**
 * The shortest run that is refused. A random hexadecimal token has a part of this length that goes up or down
 * by one, or repeats one character, once in millions of cases.
 */
const runLengthMin = 8
/** How many characters a token must have besides common words. */
const besideWordsMin = 8

export const tokenAllowed =
  `${lengthMin} to ${lengthMax} random letters, digits and characters of - . _ ~ + / =; this makes one: ` +
  `node -p "crypto.randomBytes(24).toString('hex')"`

/** Instructions to the reader, as in examples. Compared without case and without separators. */
const instruction =
  /change(me|this|it)|please(change|replace)|replace(me|this|it|with)|(insert|paste|put|enter)(your|the|token)|your\w{0,20}(token|key|secret)|(token|key|secret|goes)here|placeholder|example|x{6}/

/** Words that make a token longer but not harder to guess. */
const commonWords =
  /headlock|apify|token|secret|password|passwd|passw0rd|admin|root|super|very|long|random|string|access|bearer|auth|api|key|first|default|dummy|sample|test|demo|dev|prod|local|host|qwerty|letmein|some|any|this|the|my|is|of|for|in|a/g

/**
 * What is wrong with a token that was given from outside, as a phrase after "a token that". Null if it may be
 * used.
 *
 * Length and characters have to fit into a header. It must also be hard to guess: not a placeholder, not the
 * same few characters, not a row of the alphabet.
 */
export function tokenFault(token: string): string | null {
  if (!/^[a-z0-9._~+/=-]+$/i.test(token)) return 'has characters that are not allowed'
  if (token.length < lengthMin) return 'is too short'
  if (token.length > lengthMax) return 'is too long'

  const letters = token.toLowerCase().replace(/[^a-z0-9]/g, '')
  if (instruction.test(letters)) return 'is a placeholder, which is easy to guess'
  if (new Set(letters).size < differentMin) return 'has too few different characters'
  if (isRepetition(letters)) return 'repeats itself'
  if (hasRun(letters)) return 'has a run of consecutive characters'
  const besideWords = letters.replace(commonWords, '')
  if (besideWords !== letters && besideWords.length < besideWordsMin) {
    return 'is made of words that are easy to guess'
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
