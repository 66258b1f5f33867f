import type { Command } from 'commander'
import { readSettings } from '../../app/config/read-config.ts'
import { placeOf } from '../../app/config/store-choice.ts'
import { printable } from '../../domain/printable.ts'
import type { VerifyReport } from '../../store/maintenance/verify-report.ts'
import { type Io, UsageError } from '../io.ts'
import { createProgress, type Shown } from '../progress.ts'
import { addSettingOption, givenFlags } from '../setting-option.ts'
import { progressOf } from './backup.ts'

const keys = ['store', 'dataDirectory'] as const

/** `headlock verify`: whether everything that is stored agrees with itself, and what does not. */
export function addVerify(parent: Command, io: Io): void {
  const command = parent
    .command('verify')
    .description('check files, indexes, counts, order and locks of a store or a backup')
    .argument('[FILE]', 'a backup; without one the store is verified')
    .option('--repair', 'compute counts, order numbers and indexes anew where they are wrong')
  for (const key of keys) addSettingOption(command, key)
  command
    .addHelpText(
      'after',
      '\nServers may run meanwhile; to repair a data directory, stop its server first. Exit code 1 means that something is wrong.',
    )
    .showHelpAfterError(`"${io.callName} verify --help" explains what is allowed.`)
    .action((file: string | undefined, { repair = false }: { repair?: boolean }) =>
      verify(command, file, repair, io),
    )
}

async function verify(command: Command, file: string | undefined, repair: boolean, io: Io): Promise<void> {
  const flags = givenFlags(command)
  if (file !== undefined && (flags['--data'] ?? flags['--store']) !== undefined) {
    throw new UsageError('Name a backup, or a store with --data or --store; not both.')
  }
  if (file !== undefined && repair) {
    throw new UsageError(
      'A backup stays as it is. Repair it while it is restored: headlock restore FILE --repair',
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
        ? 'Restore a backup; --repair helps where only indexes are damaged.'
        : repair
          ? 'What is left cannot be computed from the rest: restore a backup, or report it. A request whose content is wrong can be ' +
            'updated or deleted by its callers.'
          : '--repair computes anew what can be.'
    throw new Error(`Something is wrong:\n${wrong.map((line) => `- ${line}\n`).join('')}${advice}`)
  }
  io.out('Everything agrees: the store, its indexes, IDs, order, locks, counts and names.\n')
}

async function run(
  command: Command,
  file: string | undefined,
  repair: boolean,
  io: Io,
  shown: Shown,
): Promise<VerifyReport> {
  const { verifyBackup, verifyDirectory, verifyDatabaseServer } = await import(
    '../../app/maintenance/verify.ts'
  )
  const onProgress = (progress: { phase: string; done: number; total: number }) =>
    shown.show(progressOf(progress))
  if (file !== undefined) {
    io.err(`Verifying ${file}\n`)
    return verifyBackup(file, onProgress)
  }
  const settings = readSettings(keys, { flags: givenFlags(command), environment: io.environment })
  io.err(`Verifying ${placeOf(settings)}\n`)
  return settings.store.kind === 'sqlite'
    ? verifyDirectory(settings.dataDirectory, repair, onProgress, (what) => io.err(`${what}\n`))
    : verifyDatabaseServer(settings.store, repair, onProgress)
}

/** `1 user, 2 tokens, 3 queues, 10 requests (4 handled, 2 locked).` */
export function countsText({ counts }: VerifyReport): string {
  if (counts === null) return ''
  const { users, tokens, queues, requests, handled, locked } = counts
  const things = [
    count(users, 'user'),
    count(tokens, 'token'),
    count(queues, 'queue'),
    count(requests, 'request'),
  ]
  return `${things.join(', ')} (${handled.toLocaleString('en')} handled, ${locked.toLocaleString('en')} locked).`
}

/** A line for each thing that was changed; empty when nothing was. */
export function repairedText({ repaired }: VerifyReport): string {
  return repaired.map((change) => `Repaired ${printable(change)}\n`).join('')
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`
}
