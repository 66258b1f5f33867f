import type { Command } from 'commander'
import { driverOf } from '../../app/drivers/driver-of.ts'
import type { Io } from '../io.ts'
import { addSettingOption, settingsOf } from '../setting-option.ts'

/** `headlock migrate`: brings a PostgreSQL database to the schema of this version, as every start of a server does too. */
export function addMigrate(parent: Command, io: Io): void {
  const command = parent
    .command('migrate')
    .description(
      'bring a PostgreSQL database to the schema of this version; every start of a server does this too',
    )
  addSettingOption(command, 'store')
    .showHelpAfterError(`"${io.callName} migrate --help" explains what is allowed.`)
    .action(() => migrate(command, io))
}

async function migrate(command: Command, io: Io): Promise<void> {
  const driver = driverOf(settingsOf(command, io, ['store', 'dataDirectory']))
  const count = await driver.migrate()
  if (count === 0) io.out(`Nothing to do: ${driver.place} already has the schema of this version.\n`)
  else io.out(`${count} ${count === 1 ? 'migration' : 'migrations'} ran in ${driver.place}.\n`)
}
