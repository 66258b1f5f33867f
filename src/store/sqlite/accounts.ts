import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { type ClockSource, systemClock } from '../clock.ts'
import type { Accounts } from '../store.ts'
import { StoreClock } from '../store-clock.ts'
import { openWriter } from './file/database.ts'
import { DirectoryLock } from './file/directory-lock.ts'
import { makePrivateDirectory } from './file/private-directory.ts'
import { assertOnlyOnePlace, databaseName } from './file/private-files.ts'
import { assertOwnSchema } from './maintenance/schema.ts'
import { isMigrated, migrate } from './migrations/migrate.ts'
import { createToken, ensureUser, findUser, listTokens, revokeToken } from './operations/accounts.ts'
import type { SqliteOptions } from './store.ts'

/**
 * Users and tokens of a data directory, whether a server is running on it or not. Each call is a short
 * transaction on a connection of its own. It never checkpoints. The server's connection does that.
 *
 * @throws OperatorError if the file needs a migration while a server is running on it, or if the database is
 *   in another directory as well
 */
export function openSqliteAccounts(options: SqliteOptions): Accounts {
  const clock: ClockSource = options.clock ?? systemClock
  makePrivateDirectory(options.directory)
  const directory = realpathSync(options.directory)
  // Two names of one file would have two logs. The owner of the files is not checked, because an
  // administrator may create a token.
  assertOnlyOnePlace(directory)
  const db = openWriter(join(directory, databaseName))
  try {
    db.exec('PRAGMA wal_autocheckpoint = 0')
    if (isMigrated(db)) assertOwnSchema(db)
    else migrateAlone(db, directory)
  } catch (error) {
    db.close()
    throw error
  }
  const now = () => new StoreClock(clock, 0).now()
  return {
    ensureUser: async ({ username }) => ensureUser(db, username, now()),
    findUser: async ({ username }) => findUser(db, username),
    createToken: async (params) => createToken(db, params, now()),
    listTokens: async () => listTokens(db),
    revokeToken: async ({ id }) => revokeToken(db, id),
    close: async () => db.close(),
  }
}

/** Migrates with the directory locked. The schema must not change under a running server. */
function migrateAlone(db: DatabaseSync, directory: string): void {
  const lock = DirectoryLock.take(directory)
  try {
    migrate(db)
  } finally {
    lock.release()
  }
}
