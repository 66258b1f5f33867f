import type { IncomingMessage } from 'node:http'
import type { HeadlockError } from '../../domain/errors.ts'
import { invalidInput } from '../errors/errors.ts'

const overrides = ['POST', 'PUT', 'DELETE']

/**
 * Replaces the method of a GET or POST with the one in `?method=` (rule 9.6), for callers that can send no other method. The
 * message itself is changed before the router looks up the route, so rights, rate and body follow the new method.
 *
 * @returns the refusal when `?method=` names a method that is not allowed
 */
export function overrideMethod(message: IncomingMessage): HeadlockError | null {
  const { url } = message
  if (message.method !== 'GET' && message.method !== 'POST') return null
  if (url === undefined || !url.includes('method=')) return null
  const queryStart = url.indexOf('?')
  if (queryStart === -1) return null
  const named = new URLSearchParams(url.slice(queryStart + 1)).getAll('method')
  if (named.length === 0) return null
  if (named.length > 1 || !overrides.includes(named[0]!)) {
    return invalidInput(`the query parameter method must be given once and be one of ${overrides.join(', ')}`)
  }
  message.method = named[0]!
  return null
}
