const errorMessages = '"errorMessages":['
/** The state in which Crawlee for JavaScript leaves a request that it has given up: ERROR. */
const crawleeError = 6

interface Fields {
  readonly errorMessages?: unknown
  readonly userData?: { readonly __crawlee?: { readonly state?: unknown } | null } | null
}

/**
 * Whether a handled request has failed (14.4). Crawlers mark a request handled when they give it up, and leave the errors in
 * it. One that succeeded after some attempts has errors too, and Crawlee's own state tells the two apart.
 *
 * Nearly all requests have no errors, and one search of the text finds that. Only the others are parsed.
 *
 * @param otherFields of its content
 */
export function isFailed(otherFields: string): boolean {
  if (!mayHaveErrors(otherFields)) return false
  const { errorMessages: errors, userData } = JSON.parse(`{${otherFields}}`) as Fields
  if (!Array.isArray(errors) || errors.length === 0) return false
  const state = userData?.__crawlee?.state
  return state === undefined || state === crawleeError
}

/** The text is from JSON.stringify, so it has no white space. User data may have the same name. */
function mayHaveErrors(otherFields: string): boolean {
  for (let at = otherFields.indexOf(errorMessages); at !== -1; ) {
    const from = at + errorMessages.length
    if (otherFields[from] !== ']') return true
    at = otherFields.indexOf(errorMessages, from)
  }
  return false
}
