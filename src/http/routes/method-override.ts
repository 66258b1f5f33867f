import type { IncomingMessage } from 'node:http'
import type { HeadlockError } from '../../domain/errors.ts'
import { invalidInput } from '../errors/errors.ts'

const overrides = ['POST', 'PUT', 'DELETE']

/**
 * Lets `?method=` on a GET or a POST stand for another method (rule 9.6), for callers that can send nothing else.
 * It has to happen before the route is looked up, so the message itself is changed: its rights, its rate and its
 * body are those of the method it stands for.
 *
 * @returns the refusal when the method named is none of these
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
