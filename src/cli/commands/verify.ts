import type { Command } from 'commander'
import { driverOf } from '../../app/drivers/driver-of.ts'
import { OperatorError, UsageError } from '../../domain/operator-error.ts'
import { printable } from '../../domain/printable.ts'
import type { VerifyReport } from '../../store/maintenance/verify-report.ts'
import type { Io } from '../io.ts'
import { createProgress, progressOf, type Shown } from '../progress.ts'
import { countsText, repairedText } from '../report-text.ts'
import { addSettingOption, givenFlags, settingsOf } from '../setting-option.ts'

const keys = ['store', 'dataDirectory'] as const

/** `headlock verify`: checks whether everything in a store is consistent, and lists what is not. */
export function addVerify(parent: Command, io: Io): void {
  const command = parent
    .command('verify')
    .description('check files, indexes, counts, order and locks of a store or a backup')
    .argument('[FILE]', 'a backup to verify instead of the store')
    .option('--repair', 'recompute counts, order numbers and indexes that are wrong')
  for (const key of keys) addSettingOption(command, key)
  command
    .addHelpText(
      'after',
      '\nServers may run meanwhile. Before you repair a data directory, stop its server. Exit code 1 means that something is wrong.',
    )
    .showHelpAfterError(`"${io.callName} verify --help" explains what is allowed.`)
    .action((file: string | undefined, { repair = false }: { repair?: boolean }) =>
      verify(command, file, repair, io),
    )
}

async function verify(command: Command, file: string | undefined, repair: boolean, io: Io): Promise<void> {
  const flags = givenFlags(command)
  if (file !== undefined && (flags['--data'] ?? flags['--store']) !== undefined) {
    throw new UsageError(
      'The call names both a backup and a store.',
      'Name either a backup, or a store with --data or --store.',
    )
  }
  if (file !== undefined && repair) {
    throw new UsageError(
      'A backup cannot be repaired in place.',
      'Repair it while you restore it: headlock restore FILE --repair',
    )
  }
  const shown = await createProgress(io)
  let report: VerifyReport
  try {
    report = await run(command, file, repair, io, shown)
  } finally {
    shown.stop()
  }
  io.out(repairedText(report))
  if (repair && report.repaired.length === 0) io.out('Nothing had to be repaired.\n')
  if (report.counts !== null) io.out(`${countsText(report)}\n`)
  const damage = report.damage.map((text) => `the file is damaged: ${text}`)
  const wrong = [...damage, ...report.problems, ...report.unreadable].map(printable)
  if (wrong.length > 0) {
    const advice =
      report.damage.length > 0
        ? 'Restore a backup. If only indexes are damaged, --repair helps.'
        : repair
          ? 'These cannot be recomputed. Restore a backup, or report the problem. Clients can update or delete a request whose ' +
            'content is wrong.'
          : 'Add --repair to recompute everything that follows from other data.'
    throw new OperatorError(`Something is wrong:\n${wrong.map((line) => `- ${line}`).join('\n')}`, advice)
  }
  io.out('No problems found in the store, its indexes, IDs, order, locks, counts and names.\n')
}

async function run(
  command: Command,
  file: string | undefined,
  repair: boolean,
  io: Io,
  shown: Shown,
): Promise<VerifyReport> {
  const onProgress = (progress: { phase: string; done: number; total: number }) =>
    shown.show(progressOf(progress))
  if (file !== undefined) {
    io.err(`Verifying ${file}\n`)
    const { verifyBackup } = await import('../../app/maintenance/verify.ts')
    return verifyBackup(file, onProgress)
  }
  const driver = driverOf(settingsOf(command, io, keys))
  io.err(`Verifying ${driver.place}\n`)
  return driver.verify({ repair, onProgress, onTightened: (what) => io.err(`${what}\n`) })
}
