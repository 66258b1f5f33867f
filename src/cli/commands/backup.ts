import type { Command } from 'commander'
import { readSettings } from '../../app/config/read-config.ts'
import { Interrupt } from '../interrupt.ts'
import { type Io, UsageError } from '../io.ts'
import { createProgress, type Progress } from '../progress.ts'
import { addSettingOption, givenFlags } from '../setting-option.ts'

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
      runBackup(embeddedDirectory(command, io), file, overwrite, io),
    )
}

async function runBackup(directory: string, file: string, overwrite: boolean, io: Io): Promise<void> {
  const { backUp } = await import('../../app/maintenance/backup.ts')
  const interrupt = new Interrupt()
  const shown = await createProgress(io)
  try {
    const bytes = await backUp({
      directory,
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

/**
 * The data directory that the flags and the environment name.
 *
 * @throws UsageError when they name a PostgreSQL
 */
export function embeddedDirectory(command: Command, io: Io): string {
  const settings = readSettings(['store', 'dataDirectory'], {
    flags: givenFlags(command),
    environment: io.environment,
  })
  if (settings.store.kind === 'postgres') {
    throw new UsageError(
      `HEADLOCK_STORE names a PostgreSQL, which is backed up and restored with its own tools, such as pg_dump and ` +
        `pg_restore. "${io.callName} ${command.name()}" is for the data directory of the embedded store.`,
    )
  }
  return settings.dataDirectory
}

type Known = { readonly phase: string } & (
  | { readonly copiedBytes: number; readonly totalBytes: number }
  | { readonly done: number; readonly total: number }
)

export function progressOf(progress: Known): Progress {
  const { phase } = progress
  if ('done' in progress) return { phase, done: progress.done, total: progress.total, unit: 'requests' }
  const { copiedBytes, totalBytes } = progress
  return { phase, done: megabytes(copiedBytes), total: megabytes(totalBytes), unit: 'MB' }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000)
}
