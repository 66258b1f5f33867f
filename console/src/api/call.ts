/** Calls of the API. The browser adds the cookie of the sign-in. */
import { apiRoot } from './roots.ts'

/** A refusal of the server, or the lack of an answer, which has the status 0. */
export class ApiError extends Error {
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.type = type
  }
}

/** Without this header, the server does not take the cookie for a token. */
export const consoleHeaders = { 'x-headlock-console': '1' } as const

interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * Makes a call.
 *
 * @param path without a slash at the beginning: `headlock/v1/queues`
 * @returns the member `data` of the answer. Null for an answer without a body
 * @throws ApiError
 */
export async function call<Data>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  { headers = {}, signal }: CallOptions = {},
): Promise<Data> {
  const response = await fetch(apiRoot + path, {
    method,
    headers: {
      ...consoleHeaders,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    credentials: 'same-origin',
    cache: 'no-store',
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'no-answer', 'The server does not answer.')
  })
  const text = await response.text()
  if (response.ok) return (text === '' ? null : (JSON.parse(text) as { data: unknown }).data) as Data
  const error = errorIn(response.status, text)
  if (error.status === 401) signedOut.dispatchEvent(new Event('signed-out'))
  throw error
}

/** Fires `signed-out` when the server no longer knows the sign-in. */
export const signedOut = new EventTarget()

/** Reads the refusal in an answer. A proxy on the way may have answered with something else. */
export function errorIn(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as { error: { type: string; message: string } }
    return new ApiError(status, error.type, error.message)
  } catch {
    return new ApiError(status, 'unknown', `The server answered with status ${status}.`)
  }
}

/** A query string with its `?`. Leaves out what is empty. */
export function queryOf(
  values: Readonly<Record<string, string | number | boolean | null | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '' && value !== false)
      query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
