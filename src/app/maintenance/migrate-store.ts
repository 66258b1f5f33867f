import type { PostgresChoice } from '../config/store-choice.ts'
import { postgresOpenError } from '../postgres-open-error.ts'

/**
 * Brings the schema to the version of this program; tells how many migrations ran.
 *
 * @throws Error that says what to do when the database cannot be used, or its schema is newer
 */
export async function migrateStore(choice: PostgresChoice): Promise<number> {
  // Loaded now: the help answers sooner without the driver.
  const { migratePostgres } = await import('../../store/postgres/store.ts')
  const { url, schema } = choice
  try {
    return await migratePostgres({ url, schema })
  } catch (cause) {
    throw postgresOpenError(cause, choice)
  }
}
