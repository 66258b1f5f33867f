/** Reads what somebody pasted: addresses or JSON, one on a line. */
import { plural } from '../../../format/numbers.ts'
import { visibleText } from '../../../format/visible.ts'

export interface NewRequest {
  readonly url: string
  readonly uniqueKey: string
  readonly [field: string]: unknown
}

export interface Parsed {
  readonly requests: readonly NewRequest[]
  /** What is wrong, with the number of the line. */
  readonly problems: readonly string[]
}

const problemsMax = 5

export function parseRequests(text: string): Parsed {
  const requests: NewRequest[] = []
  const problems: string[] = []
  let unsaid = 0
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim()
    if (content === '') continue
    const request = content.startsWith('{') ? requestIn(content) : requestOf({ url: content })
    if (typeof request === 'string') {
      if (problems.length < problemsMax) problems.push(`Line ${index + 1}: ${request}`)
      else unsaid += 1
    } else requests.push(request)
  }
  if (unsaid > 0) problems.push(`The same or something else is wrong in ${plural(unsaid, 'more line')}.`)
  return { requests, problems }
}

/** @returns a text that says what is wrong */
function requestIn(json: string): NewRequest | string {
  try {
    return requestOf(JSON.parse(json) as Readonly<Record<string, unknown>>)
  } catch {
    return 'this is no JSON'
  }
}

function requestOf(fields: Readonly<Record<string, unknown>>): NewRequest | string {
  const { url, uniqueKey } = fields
  if (typeof url !== 'string') return 'a request needs a url'
  if (!URL.canParse(url) || !/^https?:/i.test(url.trim()))
    return `${visibleText(url.slice(0, 80))} is no http or https URL`
  return { ...fields, url, uniqueKey: typeof uniqueKey === 'string' ? uniqueKey : url }
}
