import type { Command } from 'commander'
import { driverOf } from '../../app/drivers/driver-of.ts'
import type { Io } from '../io.ts'
import { createProgress, megabytes, progressOf } from '../progress.ts'
import { addSettingOption, settingsOf } from '../setting-option.ts'
import { Interrupt } from '../signals.ts'

/** `headlock backup FILE`: writes everything in the data directory into one file. A server may run meanwhile. */
export function addBackup(parent: Command, io: Io): void {
  const command = parent
    .command('backup')
    .description('write everything in the data directory into one file; the server may run meanwhile')
    .argument('<FILE>', 'the file to write; it appears when the backup is complete')
    .option('--overwrite', 'replace an existing file when the backup is complete')
  addSettingOption(command, 'dataDirectory')
    .addHelpText('after', '\nFor a PostgreSQL database, use its own tools, such as pg_dump.')
    .showHelpAfterError(`"${io.callName} backup --help" explains what is allowed.`)
    .action((file: string, { overwrite = false }: { overwrite?: boolean }) =>
      backUp(command, file, overwrite, io),
    )
}

async function backUp(command: Command, file: string, overwrite: boolean, io: Io): Promise<void> {
  const driver = driverOf(settingsOf(command, io, ['store', 'dataDirectory']))
  const interrupt = new Interrupt()
  const shown = await createProgress(io)
  try {
    const bytes = await driver.backUp({
      file,
      overwrite,
      onProgress: (progress) => shown.show(progressOf(progress)),
      onBegun: interrupt.begun,
    })
    shown.stop()
    io.out(`${file}: ${megabytes(bytes)} MB, complete and verified.\n`)
  } finally {
    shown.stop()
    interrupt.stop()
  }
}
