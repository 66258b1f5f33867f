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

/** The document that a row of `queues` has as text. Null if it cannot be read. */
export function storedDocument(text: string): unknown {
  return readPolicy(text) === null ? null : JSON.parse(text)
}

/** Whether a row of `queues` may have this as its policy. Null: there is none. */
export function isPolicyText(text: string | null): boolean {
  return text === null || readPolicy(text) !== null
}

/** The policy of a row of `queues`. */
export function policyOfText(text: string | null): Policy {
  return text === null ? emptyPolicy : storedPolicy(text)
}

/** Null if the text is not a policy. */
function readPolicy(text: string): Policy | null {
  try {
    return policyOf(JSON.parse(text))
  } catch {
    return null
  }
}
