import { HeadlockError } from '../../../domain/errors.ts'

/** What SQLite says when not the statement is wrong but the world around it, by its primary result code. */
const problems: Readonly<Record<number, string>> = {
  5: 'another program is writing to the database',
  7: 'there is not enough memory',
  8: 'the database can only be read',
  10: 'the disk reported an error',
  11: 'the database file is damaged',
  13: 'the disk is full',
  14: 'the database file cannot be opened',
}

/** In words for callers and operators; null for anything else, which is a mistake of the program. */
export function problemOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  // Extended codes have the primary one in their low byte.
  return problems[error.errcode & 0xff] ?? null
}

/** What the disk or the file cannot do is told to the caller, who may repeat the call (as writer.ts does). */
export async function readable<Answer>(read: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await read()
  } catch (error) {
    const problem = problemOf(error)
    throw problem === null ? error : new HeadlockError('storeUnavailable', { problem }, { cause: error })
  }
}
