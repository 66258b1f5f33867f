import { OperatorError, reasonOf } from '../domain/operator-error.ts'

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
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new OperatorError(
      `The server at ${url.origin} cannot be reached: ${reasonOf(cause)}.`,
      'Check that it runs, and name its address with --url.',
      { cause: error },
    )
  }
  const answer = parsed(text)
  if (response.ok && answer?.data !== undefined) return answer.data
  if (answer?.error === undefined) {
    throw new OperatorError(
      `${url.origin} answered ${response.status}, and not as Headlock does.`,
      'Name the address of a Headlock server with --url.',
    )
  }
  const { message } = answer.error
  throw new OperatorError(/[.!?]$/.test(message) ? message : `${message}.`, adviceFor(response.status))
}

function parsed(text: string): { data?: PolicyAnswer; error?: { message: string } } | null {
  try {
    return JSON.parse(text) as { data?: PolicyAnswer; error?: { message: string } } | null
  } catch {
    return null
  }
}

/** What a user of the command can do. The message of the server is for all clients. */
function adviceFor(status: number): string {
  if (status === 401) return 'Put a token of this server into HEADLOCK_TOKEN.'
  if (status === 404) return 'Name the queue by its ID, its name, or USER~NAME.'
  if (status === 412) return 'With the command: leave --set out to print the policy and its version.'
  return 'Nothing was changed, unless the message says otherwise.'
}
