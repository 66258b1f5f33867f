import type { Command } from 'commander'
import { Interrupt } from '../interrupt.ts'
import type { Io } from '../io.ts'
import { createProgress } from '../progress.ts'
import { addSettingOption } from '../setting-option.ts'
import { embeddedDirectory, progressOf } from './backup.ts'
import { countsText, repairedText } from './verify.ts'

/** `headlock restore FILE`: makes a backup the database of a data directory that has none. */
export function addRestore(parent: Command, io: Io): void {
  const command = parent
    .command('restore')
    .description('put a backup into a data directory that has no database, once it is verified')
    .argument('<FILE>', 'what "headlock backup" wrote; it stays as it is')
    .option('--repair', 'compute counts, order numbers and indexes anew where they are wrong')
  addSettingOption(command, 'dataDirectory')
    .showHelpAfterError(`"${io.callName} restore --help" explains what is allowed.`)
    .action((file: string, { repair = false }: { repair?: boolean }) =>
      runRestore(embeddedDirectory(command, io), file, repair, io),
    )
}

async function runRestore(directory: string, file: string, repair: boolean, io: Io): Promise<void> {
  const { restore } = await import('../../app/restore.ts')
  const interrupt = new Interrupt()
  const shown = await createProgress(io)
  try {
    const report = await restore({
      directory,
      file,
      repair,
      onProgress: (progress) => shown.show(progressOf(progress)),
      onTightened: (what) => io.err(`${what}\n`),
      onBegun: interrupt.begun,
    })
    shown.stop()
    io.out(repairedText(report))
    io.out(`${countsText(report)}\nRestored into ${directory}, and verified. Start a server on it.\n`)
  } finally {
    shown.stop()
    interrupt.stop()
  }
}
