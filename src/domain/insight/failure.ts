/** Which requests have failed, and with what (14.4). */
import type { RequestContent } from '../request.ts'

/** `RequestState.ERROR` of Crawlee. */
const crawleeErrorState = 6
/** Written by `requestContentOf`, without white space. */
const beforeMessages = '"errorMessages":['
/** So much of an error message is read. Crawlee sends whole stacks. */
const readMax = 1000
/** So long is the text by which errors are grouped. */
const failureLengthMax = 200
const nothingSaid = '(an error without a text)'

/**
 * What a request failed with: its last error message without what differs from request to request. Requests with the
 * same text are grouped. Null if it has not failed.
 */
export function failureOf({
  handledAt,
  otherFields,
}: Pick<RequestContent, 'handledAt' | 'otherFields'>): string | null {
  if (handledAt === null || !mayHaveMessages(otherFields)) return null
  const { errorMessages, userData } = fieldsOf(otherFields)
  if (!Array.isArray(errorMessages) || errorMessages.length === 0) return null
  const state = (userData as { __crawlee?: { state?: unknown } | null } | null | undefined)?.__crawlee?.state
  if (state !== undefined && state !== crawleeErrorState) return null
  return failureText(errorMessages.at(-1))
}

/** The error messages of a request, oldest first. */
export function errorMessagesOf(otherFields: string): readonly string[] {
  if (!mayHaveMessages(otherFields)) return []
  const { errorMessages } = fieldsOf(otherFields)
  return Array.isArray(errorMessages) ? errorMessages.map(textOf) : []
}

/** Clients send texts, but other values are kept too. */
function textOf(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message)
}

/** The text of an error by which it is grouped: its first line without addresses, IDs and numbers. */
export function failureText(message: unknown): string {
  const line = textOf(message).slice(0, readMax).trimStart().split('\n', 1)[0]!
  const plain = line
    .replace(/\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s"'`)>\]]+/gi, '<address>')
    // What system errors name: `getaddrinfo ENOTFOUND example.com`. Not what browsers say: `net::ERR_CONNECTION_RESET at …`.
    .replace(/\b(E(?!RR)[A-Z_]{3,20}) [^\s"'`]+/g, '$1 <address>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>')
    .replace(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '<id>')
    // Letters and digits mixed, such as a hash, an ID of a session or a hexadecimal number.
    .replace(/\b(?=[a-z_]*\d)(?=\d*[a-z_])\w{8,}\b/gi, '<id>')
    .replace(/\d+(?:[.,]\d+)*/g, '<number>')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, failureLengthMax)
    .toWellFormed()
  return plain === '' ? nothingSaid : plain
}

/**
 * The longest part of a text that stands in an error message as it is, whether the text is a part of the message or the text by which
 * it is grouped. Empty if there is no such part.
 */
export function literalIn(error: string): string {
  if (error === nothingSaid) return ''
  const parts = error.split(/\s+|<(?:address|id|number)>|<\w*$|\ufffd/)
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

/** Whether there is a list of messages that is not empty. Nearly every handled request has an empty one. */
function mayHaveMessages(otherFields: string): boolean {
  for (let at = 0; ; at += beforeMessages.length) {
    at = otherFields.indexOf(beforeMessages, at)
    if (at === -1) return false
    if (otherFields[at + beforeMessages.length] !== ']') return true
  }
}

function fieldsOf(otherFields: string): { readonly errorMessages?: unknown; readonly userData?: unknown } {
  return JSON.parse(`{${otherFields}}`)
}
