import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../app/config/config.ts'
import { openError } from '../app/config/data-directory.ts'
import { readSettings } from '../app/config/read-config.ts'
import { placeOf } from '../app/config/store-choice.ts'
import { openStore } from '../app/open-store.ts'
import { systemClock } from '../store/clock.ts'
import type { Accounts } from '../store/sqlite/accounts.ts'
import type { Io } from './io.ts'
import { addSettingOption, givenFlags } from './setting-option.ts'

/** The settings that the token commands share with the server whose tokens they are about. */
type TokenSettings = Pick<Config, (typeof keys)[number]>

/** Whose tokens they are, and where they are kept. */
export interface TokenPlace {
  readonly username: string
  /** For messages, to follow "in": a directory or a database, without its password. */
  readonly place: string
}

const keys = ['store', 'dataDirectory', 'username'] as const

export function addTokenOptions(command: Command, io: Io): Command {
  for (const key of keys) addSettingOption(command, key)
  return command.showHelpAfterError(
    `"${io.callName} token ${command.name()} --help" explains what is allowed.`,
  )
}

/**
 * Opens the accounts in the store that the flags and the environment name, beside running servers or not, and closes
 * them when the work is done.
 */
export async function withAccounts(
  command: Command,
  io: Io,
  work: (accounts: Accounts, where: TokenPlace) => Promise<void>,
): Promise<void> {
  const settings = readSettings(keys, { flags: givenFlags(command), environment: io.environment })
  const accounts = await openAccounts(settings)
  try {
    await work(accounts, { username: settings.username, place: placeOf(settings) })
  } finally {
    await accounts.close()
  }
}

async function openAccounts(settings: TokenSettings): Promise<Accounts> {
  if (settings.store.kind === 'sqlite') return openFileAccounts(settings.dataDirectory)
  const config = { ...settings, storeConnections: 1, threads: 1 }
  const { store } = await openStore(config, systemClock, { onProblem: () => {}, onFailure: () => {} })
  return store
}

/** @throws Error when no server was ever started there: a misspelt directory must not become a new, empty one */
async function openFileAccounts(directory: string): Promise<Accounts> {
  // Loaded now: the help answers sooner without a store.
  const { openSqliteAccounts } = await import('../store/sqlite/accounts.ts')
  const { databaseName } = await import('../store/sqlite/file/private-files.ts')
  if (!existsSync(join(directory, databaseName))) {
    throw new Error(
      `There is no Headlock database in ${directory}. Name the directory of your server with --data; ` +
        'the first start of a server makes the database.',
    )
  }
  try {
    return openSqliteAccounts({ directory, clock: systemClock })
  } catch (cause) {
    throw openError(cause, directory)
  }
}
