import { after } from 'node:test'
import { PostgresServer } from './postgres-server.ts'

/** Names the server that tests use instead of one of their own: `postgres://user@host/database`, whose user may make schemas. */
export const testPostgresVariable = 'HEADLOCK_TEST_POSTGRES'

/** Tests do not outlive the machine; nothing has to reach the disk. */
export const testPostgresSettings = ['fsync=off', 'full_page_writes=off']

let started: Promise<PostgresServer> | undefined

/** The server for tests: the one that is named, as `npm test` does, or one for this file alone. */
export async function testPostgresUrl(): Promise<string> {
  const named = process.env[testPostgresVariable]
  if (named !== undefined && named !== '') return named
  if (started === undefined) {
    started = PostgresServer.start(testPostgresSettings)
    after(async () => (await started)!.discard())
  }
  return (await started).url
}
