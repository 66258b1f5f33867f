import type { Command } from 'commander'
import { driverOf } from '../../app/drivers/driver-of.ts'
import type { Io } from '../io.ts'
import { createProgress, megabytes, progressOf } from '../progress.ts'
import { addSettingOption, settingsOf } from '../setting-option.ts'
import { Interrupt } from '../signals.ts'

/** `headlock backup FILE`: everything in the data directory into one file, while a server is at work on it or not. */
export function addBackup(parent: Command, io: Io): void {
  const command = parent
    .command('backup')
    .description('write everything in the data directory into one file, while the server runs')
    .argument('<FILE>', 'the backup; it appears when it is complete')
    .option('--overwrite', 'replace the file if it is there, once the new one is complete')
  addSettingOption(command, 'dataDirectory')
    .addHelpText('after', '\nFor a PostgreSQL use its own tools, such as pg_dump.')
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
