import type { Command } from 'commander'
import { readSettings } from '../../app/config/read-config.ts'
import { postgresPlace } from '../../app/config/store-choice.ts'
import { migrateStore } from '../../app/maintenance/migrate-store.ts'
import { type Io, UsageError } from '../io.ts'
import { addSettingOption, givenFlags } from '../setting-option.ts'

/** `headlock migrate`: brings the schema of a PostgreSQL to this version, as the first start of a server does too. */
export function addMigrate(parent: Command, io: Io): void {
  const command = parent
    .command('migrate')
    .description(
      'bring a PostgreSQL database to the schema of this version; every start of a server does so too',
    )
  addSettingOption(command, 'store')
    .showHelpAfterError(`"${io.callName} migrate --help" explains what is allowed.`)
    .action(() => migrate(command, io))
}

async function migrate(command: Command, io: Io): Promise<void> {
  const { store } = readSettings(['store'], { flags: givenFlags(command), environment: io.environment })
  if (store.kind !== 'postgres') {
    throw new UsageError(
      'The embedded store is migrated by the start of its server. For a PostgreSQL, name its database with ' +
        '--store postgres://USER:PASSWORD@HOST/DATABASE or HEADLOCK_STORE.',
    )
  }
  const count = await migrateStore(store)
  const place = postgresPlace(store)
  if (count === 0) io.out(`Nothing to do: ${place} has the schema of this version.\n`)
  else io.out(`${count} ${count === 1 ? 'migration' : 'migrations'} ran in ${place}.\n`)
}
