import { policyOf } from '../domain/policy/document.ts'
import { emptyPolicy, type Policy } from '../domain/policy/policy.ts'

/** How long the texts of the policies in memory may be together. */
const cachedLengthMax = 16 * 1024 * 1024

/**
 * Policies by their text. Every transaction on PostgreSQL reads the row of its queue again, and converting a
 * long policy takes longer than the transaction.
 */
const cached = new Map<string, Policy>()
let cachedLength = 0

/**
 * The policy that a row of `queues` has as text. Nothing is handed out by a policy that cannot be read: any
 * other answer could break a rule. `verify` reports it.
 */
export function storedPolicy(text: string): Policy {
  const known = cached.get(text)
  if (known !== undefined) return known
  const policy = readPolicy(text) ?? { ...emptyPolicy, isPaused: true }
  if (cachedLength + text.length > cachedLengthMax) {
    cached.clear()
    cachedLength = 0
  }
  cached.set(text, policy)
  cachedLength += text.length
  return policy
}

/** Null if the text is not a policy. */
export function readPolicy(text: string): Policy | null {
  try {
    return policyOf(JSON.parse(text))
  } catch {
    return null
  }
}
