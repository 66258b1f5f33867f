import { HeadlockError } from '../../domain/errors.ts'
import { requestIdOf } from '../../domain/identity.ts'
import { type RequestContent, shownFields } from '../../domain/request.ts'
import { errorMessagesText, objectText, retryCountOf } from '../validation/field-forms.ts'
import { toMillis } from '../validation/handled-at.ts'
import type { ObjectOrList, RequestBody } from './request-schema.ts'
import { wellFormedMembers } from './well-formed.ts'

/**
 * Members of a body that are not kept in `otherFields`: they have a place of their own, or belong to the
 * server.
 */
const fieldsApart = new Set([
  ...shownFields,
  // Those that every answer shows come first, always.
  'noRetry',
  'headers',
  'userData',
  // Clients send back what they read; this says nothing about the request itself.
  'orderNo',
])

/**
 * The request that a checked body describes, in the form in which it is stored. `otherFields` begins with the
 * members that answers always show, their defaults filled in (rule 2.6), so that an answer needs no more than
 * to repeat it.
 *
 * @param element its place in a batch, which refusals then name (6.7)
 * @throws HeadlockError `requestIdInvalid` (in a batch `requestIdInvalidInBatch`) when the body has an ID and
 *   it is not that of its unique key (2.5)
 */
export function requestContentOf(body: RequestBody, element?: number): RequestContent {
  // As the store and every other reader will see them: UTF-8 has no lone surrogates.
  const uniqueKey = body.uniqueKey.toWellFormed()
  const id = requestIdOf(uniqueKey)
  if (typeof body.id === 'string' && body.id !== id) throw requestIdInvalid(element)
  return {
    id,
    uniqueKey,
    url: body.url.toWellFormed(),
    method: body.method?.toUpperCase() ?? 'GET',
    retryCount: retryCountOf(body.retryCount),
    handledAt: typeof body.handledAt === 'string' ? toMillis(body.handledAt) : null,
    otherFields: otherFieldsOf(body),
  }
}

/** @param element the place in a batch of what has an ID that is not that of its unique key */
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
    // Not only what was null: so is what JavaScript has no number for, 1e400 say.
    if (written !== 'null') text += `,${JSON.stringify(name)}:${written}`
  }
  return wellFormedMembers(text)
}

/** As JSON; the body fits its schema. */
function memberText(name: string, value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    if (name === 'errorMessages') return errorMessagesText(value as ObjectOrList)
    if (name === 'payload') return objectText(value as ObjectOrList)
  }
  return JSON.stringify(value)
}
