import { refusalIn, unreachable } from './server-address.ts'

export interface PolicyAnswer {
  readonly policy: unknown
  readonly version: number
  readonly state: 'active' | 'building'
  readonly progress: { readonly done: number; readonly total: number } | null
}

export interface PolicyCall {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  readonly url: URL
  readonly token: string
  readonly document?: unknown
  readonly version: number | null
}

/** A server that does not answer for so long is stuck. */
const answerWithinMs = 60_000

/**
 * Calls a running server about a policy.
 *
 * @throws OperatorError if the server cannot be reached or refuses the call, with its message
 */
export async function callPolicy({
  method,
  url,
  token,
  document,
  version,
}: PolicyCall): Promise<PolicyAnswer> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` }
  if (document !== undefined) headers['content-type'] = 'application/json'
  if (version !== null) headers['if-match'] = `"${version}"`
  const body = document === undefined ? null : JSON.stringify(document)
  let response: Response
  let text: string
  try {
    const signal = AbortSignal.timeout(answerWithinMs)
    response = await fetch(url, { method, headers, body, signal, redirect: 'error' })
    text = await response.text()
  } catch (error) {
    throw unreachable(url, error)
  }
  const answer = parsed(text)
  if (response.ok && answer?.data !== undefined) return answer.data
  throw refusalIn(url, response.status, text)
}

function parsed(text: string): { data?: PolicyAnswer } | null {
  try {
    return JSON.parse(text) as { data?: PolicyAnswer } | null
  } catch {
    return null
  }
}
