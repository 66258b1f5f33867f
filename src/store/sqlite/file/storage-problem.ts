import { HeadlockError } from '../../../domain/errors.ts'

/** What SQLite's primary result codes mean when the cause is outside the program. */
const problems: Readonly<Record<number, string>> = {
  5: 'another program is writing to the database',
  7: 'there is not enough memory',
  8: 'the database can only be read',
  10: 'the disk reported an error',
  11: 'the database file is damaged',
  13: 'the disk is full',
  14: 'the database file cannot be opened',
}

/**
 * The problem in words, for callers and operators. Null for any other error, which is a fault of the program.
 */
export function problemOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  // Extended codes have the primary one in their low byte.
  return problems[error.errcode & 0xff] ?? null
}

/**
 * Runs a read. If the disk or the file fails, the caller gets `storeUnavailable` and may repeat the call, as
 * for writes (group-commit.ts).
 */
export async function readable<Answer>(read: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await read()
  } catch (error) {
    const problem = problemOf(error)
    throw problem === null ? error : new HeadlockError('storeUnavailable', { problem }, { cause: error })
  }
}
