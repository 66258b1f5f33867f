/** How commands find the running server that they talk to. */
import type { Command } from 'commander'
import { OperatorError, reasonOf, UsageError } from '../domain/operator-error.ts'
import type { Io } from './io.ts'

export interface ServerFlags {
  readonly url?: string
  readonly token?: string
}

/** The variable with the address of the server. It is no setting of the server itself. */
export const urlVariable = 'HEADLOCK_URL'
const urlByDefault = 'http://127.0.0.1:4747'

/** Adds `--url` and `--token`. */
export function addServerOptions(command: Command): Command {
  return command
    .option(
      '--url <URL>',
      `the address of the server (default: ${urlByDefault}; environment: ${urlVariable}, APIFY_API_BASE_URL)`,
    )
    .option(
      '--token <TOKEN>',
      'a token of the server; better in the environment, because other users of the machine can see flags (environment: HEADLOCK_TOKEN, APIFY_TOKEN)',
    )
}

/**
 * The address of a part of a queue, and the token for it. An ID stands for itself. Any other text without `~` is the name
 * of a queue of the caller.
 *
 * @throws UsageError
 */
export function queueCall(
  { url: givenUrl, token: givenToken }: ServerFlags,
  queue: string,
  part: string,
  { environment, callName }: Io,
): { readonly url: URL; readonly token: string } {
  const url = baseUrl(givenUrl ?? environment[urlVariable] ?? environment['APIFY_API_BASE_URL'])
  const address = queue.includes('~') || /^[A-Za-z0-9]{17}$/.test(queue) ? queue : `~${queue}`
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/headlock/v1/queues/${encodeURIComponent(address)}/${part}`
  url.hash = ''
  const token = givenToken ?? environment['HEADLOCK_TOKEN'] ?? environment['APIFY_TOKEN'] ?? ''
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      token === '' ? 'No token was given.' : 'The token has characters that no token has.',
      `Put a token of the server into HEADLOCK_TOKEN. "${callName} token create" creates one.`,
    )
  }
  return { url, token }
}

function baseUrl(given: string | undefined): URL {
  const base = given === undefined || given === '' ? urlByDefault : given
  const url = URL.parse(base)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new UsageError(
      `${JSON.stringify(base)} is not the address of a server.`,
      `Give --url an address like ${urlByDefault}.`,
    )
  }
  return url
}

/** The error for a server that did not answer. */
export function unreachable(url: URL, error: unknown): OperatorError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return new OperatorError(
    `The server at ${url.origin} cannot be reached: ${reasonOf(cause)}.`,
    'Check that it runs, and name its address with --url.',
    { cause: error },
  )
}

/** The error for an answer that is a refusal, with the message of the server. It has a cause if it may pass by itself. */
export function refusalIn(url: URL, status: number, text: string): OperatorError {
  const message = messageIn(text)
  const options = status >= 500 ? { cause: status } : {}
  if (message === null) {
    return new OperatorError(
      `${url.origin} answered ${status}, and not as Headlock does.`,
      'Name the address of a Headlock server with --url.',
      options,
    )
  }
  return new OperatorError(/[.!?]$/.test(message) ? message : `${message}.`, adviceFor(status), options)
}

function messageIn(text: string): string | null {
  try {
    const answer = JSON.parse(text) as { error?: { message: string } } | null
    return answer?.error?.message ?? null
  } catch {
    return null
  }
}

/** What a user of the command can do. The message of the server is for all clients. */
function adviceFor(status: number): string {
  if (status === 401) return 'Put a token of this server into HEADLOCK_TOKEN.'
  if (status === 404) return 'Name the queue by its ID, its name, or USER~NAME.'
  if (status === 503) return 'Try again in a moment.'
  if (status === 412) return 'With the command: leave --set out to print the policy and its version.'
  return 'Nothing was changed, unless the message says otherwise.'
}
