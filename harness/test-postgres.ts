import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { PostgresServer } from './postgres-server.ts'

/**
 * Names a PostgreSQL server for the tests to use instead of starting one: `postgres://user@host/database`.
 * The user must be allowed to create schemas.
 */
export const testPostgresVariable = 'HEADLOCK_TEST_POSTGRES'

/** The data of tests need not survive a crash, so nothing has to reach the disk. */
export const testPostgresSettings = ['fsync=off', 'full_page_writes=off']

let started: Promise<PostgresServer> | undefined

/**
 * The URL of the server for tests: the server that the variable names, as `npm test` sets it, or a new one
 * for this file.
 */
export async function testPostgresUrl(): Promise<string> {
  const named = process.env[testPostgresVariable]
  if (named !== undefined && named !== '') return named
  if (started === undefined) {
    started = PostgresServer.start(testPostgresSettings)
    after(async () => (await started)!.discard())
  }
  return (await started).url
}

export function newSchemaName(): string {
  return `test_${randomBytes(8).toString('hex')}`
}
