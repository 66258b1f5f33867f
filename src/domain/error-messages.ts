/**
 * Adds an entry to `errorMessages` in the stored fields of a request (`RequestContent.otherFields`). All other
 * members keep their text, because a parsed number may lose digits.
 */
export function withErrorMessage(otherFields: string, message: string): string {
  const member = `"errorMessages":[${JSON.stringify(message)}]`
  const value = memberValue(otherFields, 'errorMessages')
  if (value === null) return otherFields === '' ? member : `${otherFields},${member}`
  const text = otherFields.slice(value.from, value.to)
  const earlier: unknown = JSON.parse(text)
  const next = JSON.stringify([...(Array.isArray(earlier) ? earlier : []), message])
  return otherFields.slice(0, value.from) + next + otherFields.slice(value.to)
}

/** The fields with an empty list of error messages, if they have one. All other members keep their text. */
export function withoutErrorMessages(otherFields: string): string {
  const value = memberValue(otherFields, 'errorMessages')
  if (value === null) return otherFields
  return `${otherFields.slice(0, value.from)}[]${otherFields.slice(value.to)}`
}

/** Where the value of a member is in the members of a JSON object. Null if there is no such member. */
function memberValue(members: string, name: string): { readonly from: number; readonly to: number } | null {
  let depth = 0
  let memberFrom = 0
  const ends: number[] = []
  for (let index = 0; index <= members.length; index++) {
    const character = members[index]
    if (character === '"') index = endOfText(members, index)
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (depth === 0 && (character === ',' || character === undefined)) ends.push(index)
  }
  for (const to of ends) {
    const nameFrom = members.indexOf('"', memberFrom)
    if (nameFrom < 0 || nameFrom >= to) return null
    const nameTo = endOfText(members, nameFrom)
    if (JSON.parse(members.slice(nameFrom, nameTo + 1)) === name) {
      return { from: members.indexOf(':', nameTo) + 1, to }
    }
    memberFrom = to + 1
  }
  return null
}

/** The index of the quote that ends the text which begins at this one. */
function endOfText(json: string, from: number): number {
  let index = from + 1
  while (json[index] !== '"' && index < json.length) index += json[index] === '\\' ? 2 : 1
  return index
}
