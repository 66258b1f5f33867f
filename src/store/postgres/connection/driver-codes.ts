/** Failures of the driver itself, which gives them no codes. */
type DriverCode = 'PG_CONNECT_TIMEOUT' | 'PG_CONNECTION_ENDED' | 'PG_QUERY_TIMEOUT' | 'PG_NO_PASSWORD'

/** Recognizes failures by their messages (pg 8). No other code does that. */
const codesByMessage: readonly (readonly [pattern: RegExp, code: DriverCode])[] = [
  [/^query read timeout$/i, 'PG_QUERY_TIMEOUT'],
  [
    /^timeout expired$|^timeout exceeded when trying to connect$|due to connection timeout$/i,
    'PG_CONNECT_TIMEOUT',
  ],
  [/^connection (?:terminated|ended)|is not queryable$/i, 'PG_CONNECTION_ENDED'],
  [/client password must be /, 'PG_NO_PASSWORD'],
]

/** The error code of the system or of the database (SQLSTATE), or a code of ours if the driver has none. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codesByMessage.find(([pattern]) => pattern.test(error.message))?.[1]
}
