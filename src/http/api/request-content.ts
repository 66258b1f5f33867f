import { HeadlockError } from '../../domain/errors.ts'
import { requestIdOf } from '../../domain/identity.ts'
import { type RequestContent, shownFields } from '../../domain/request.ts'
import { errorMessagesText, objectText, retryCountOf } from '../validation/field-forms.ts'
import { toMillis } from '../validation/handled-at.ts'
import { wishesOf } from '../validation/wishes.ts'
import type { JsonObject, ObjectOrList, RequestBody } from './request-schema.ts'
import { wellFormedMembers } from './well-formed.ts'

/**
 * Members of a body that are not stored in `otherFields`: they have a column of their own, or the server sets them.
 */
const fieldsApart = new Set([
  ...shownFields,
  // These come first in `otherFields`, because every answer shows them.
  'noRetry',
  'headers',
  'userData',
  // Clients send back what they read. These members are not part of the request itself.
  'orderNo',
])

/**
 * Converts a checked body into the form in which a request is stored. `otherFields` begins with the members that answers
 * always show, with their defaults filled in (rule 2.6), so an answer only has to repeat it.
 *
 * @param element the place of the request in a batch, which refusals then name (6.7)
 * @throws HeadlockError `requestIdInvalid` (in a batch `requestIdInvalidInBatch`) when the body has an ID and
 *   it is not that of its unique key (2.5), `invalidInput` for a wish that nobody can fulfil (13.10)
 */
export function requestContentOf(body: RequestBody, element?: number): RequestContent {
  // UTF-8 has no lone surrogates, so the store and every reader would see these texts changed.
  const uniqueKey = body.uniqueKey.toWellFormed()
  const id = requestIdOf(uniqueKey)
  if (typeof body.id === 'string' && body.id !== id) throw requestIdInvalid(element)
  const content: RequestContent = {
    id,
    uniqueKey,
    url: body.url.toWellFormed(),
    method: body.method?.toUpperCase() ?? 'GET',
    retryCount: retryCountOf(body.retryCount),
    handledAt: typeof body.handledAt === 'string' ? toMillis(body.handledAt) : null,
    otherFields: otherFieldsOf(body),
  }
  const asked = (body.userData as JsonObject | null | undefined)?.['headlock'] ?? null
  if (asked === null) return content
  const wishes = wishesOf(asked, element)
  return wishes === undefined ? content : { ...content, wishes }
}

/** @param element the place in a batch of the request whose ID does not belong to its unique key */
export function requestIdInvalid(element?: number): HeadlockError {
  if (element === undefined) return new HeadlockError('requestIdInvalid')
  return new HeadlockError('requestIdInvalidInBatch', { index: element })
}

function otherFieldsOf(body: RequestBody): string {
  let text = `"noRetry":${body.noRetry === true},"headers":${objectText(body.headers)}`
  text += `,"userData":${objectText(body.userData)}`
  for (const [name, value] of Object.entries(body)) {
    if (fieldsApart.has(name)) continue
    const written = memberText(name, value)
    // A number that JavaScript cannot represent, such as 1e400, is written as null too.
    if (written !== 'null') text += `,${JSON.stringify(name)}:${written}`
  }
  return wellFormedMembers(text)
}

/** Converts an object to JSON. The body has passed the check of its schema. */
function memberText(name: string, value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    if (name === 'errorMessages') return errorMessagesText(value as ObjectOrList)
    if (name === 'payload') return objectText(value as ObjectOrList)
  }
  return JSON.stringify(value)
}
