/** What fails in the driver itself, which has no codes for it. */
type DriverCode = 'PG_CONNECT_TIMEOUT' | 'PG_CONNECTION_ENDED' | 'PG_QUERY_TIMEOUT' | 'PG_NO_PASSWORD'

/** Here alone, failures are told apart by their words (pg 8). */
const codesByWords: readonly (readonly [words: RegExp, code: DriverCode])[] = [
  [/^query read timeout$/i, 'PG_QUERY_TIMEOUT'],
  [
    /^timeout expired$|^timeout exceeded when trying to connect$|due to connection timeout$/i,
    'PG_CONNECT_TIMEOUT',
  ],
  [/^connection (?:terminated|ended)|is not queryable$/i, 'PG_CONNECTION_ENDED'],
  [/client password must be /, 'PG_NO_PASSWORD'],
]

/** The code of the system, of the database (SQLSTATE), or one of ours for what the driver has no code for. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codesByWords.find(([words]) => words.test(error.message))?.[1]
}
