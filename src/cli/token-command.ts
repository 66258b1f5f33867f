import type { Command } from 'commander'
import { driverOf } from '../app/drivers/driver-of.ts'
import type { Accounts } from '../store/store.ts'
import type { Io } from './io.ts'
import { addSettingOption, settingsOf } from './setting-option.ts'

/** Whose tokens they are, and where they are kept. */
export interface TokenPlace {
  readonly username: string
  /** For messages, to follow "in": a directory or a database, without its password. */
  readonly place: string
}

/** The settings that the token commands share with the server whose tokens they are about. */
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
  const settings = settingsOf(command, io, keys)
  const driver = driverOf(settings)
  const accounts = await driver.openAccounts()
  try {
    await work(accounts, { username: settings.username, place: driver.place })
  } finally {
    await accounts.close()
  }
}
