import { HeadlockError } from '../errors.ts'
import { emptyPolicy, type Policy } from './policy.ts'

/**
 * Checks the document of a policy and converts it.
 *
 * @throws HeadlockError `invalidInput` that names the field and says what is allowed
 */
export function policyOf(document: unknown): Policy {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new HeadlockError('invalidInput', { problem: 'a policy is a JSON object' })
  }
  return { ...emptyPolicy, isPaused: 'paused' in document && document.paused === true }
}
