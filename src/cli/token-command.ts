import type { Command } from 'commander'
import { driverOf } from '../app/drivers/driver-of.ts'
import type { Accounts } from '../store/store.ts'
import type { Io } from './io.ts'
import { addSettingOption, settingsOf } from './setting-option.ts'

/** The user whose tokens a command works on, and the store that keeps them. */
export interface TokenPlace {
  readonly username: string
  /** A directory, or a database without its password. Messages put this behind "in". */
  readonly place: string
}

/** The settings that the token commands share with their server. */
const keys = ['store', 'dataDirectory', 'username'] as const

export function addTokenOptions(command: Command, io: Io): Command {
  for (const key of keys) addSettingOption(command, key)
  return command.showHelpAfterError(
    `"${io.callName} token ${command.name()} --help" explains what is allowed.`,
  )
}

/**
 * Opens the accounts in the store that the flags and the environment name, and closes them after the work. Servers may run
 * meanwhile.
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
