const firstPrime = 0x9e3779b1
const secondPrime = 0x85ebca6b

/**
 * A short name for a text, to find the text again in a list. The text does not follow from it. It is not for secrets that somebody could
 * guess: whoever has the right text sees that it is right. `crypto.subtle` does not exist on plain HTTP.
 */
export function fingerprint(text: string): string {
  let first = 0
  let second = 0
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    first = Math.imul(first ^ unit, firstPrime) ^ (second >>> 13)
    second = Math.imul(second ^ unit, secondPrime) ^ (first >>> 16)
  }
  return [first, second].map((half) => (half >>> 0).toString(36).padStart(7, '0')).join('')
}
