import type { Command } from 'commander'
import { driverOf } from '../../app/drivers/driver-of.ts'
import type { RestoredToken } from '../../app/maintenance/restored-copy.ts'
import { printable } from '../../domain/printable.ts'
import { toIso } from '../../domain/time.ts'
import type { Io } from '../io.ts'
import { createProgress, progressOf } from '../progress.ts'
import { countsText, repairedText, textTable } from '../report-text.ts'
import { addSettingOption, settingsOf } from '../setting-option.ts'
import { Interrupt } from '../signals.ts'

interface Flags {
  readonly repair?: true
  readonly revokeTokens?: true
}

/** `headlock restore FILE`: makes a backup the database of a data directory that has none. */
export function addRestore(parent: Command, io: Io): void {
  const command = parent
    .command('restore')
    .description('put a backup into a data directory that has no database, once it is verified')
    .argument('<FILE>', 'what "headlock backup" wrote; it stays as it is')
    .option('--repair', 'compute counts, order numbers and indexes anew where they are wrong')
    .option('--revoke-tokens', 'leave the tokens of the backup out; the next start makes a new one')
  addSettingOption(command, 'dataDirectory')
    .showHelpAfterError(`"${io.callName} restore --help" explains what is allowed.`)
    .action((file: string, flags: Flags) => restore(command, file, flags, io))
}

async function restore(command: Command, file: string, flags: Flags, io: Io): Promise<void> {
  const { repair = false, revokeTokens = false } = flags
  const driver = driverOf(settingsOf(command, io, ['store', 'dataDirectory']))
  const interrupt = new Interrupt()
  const shown = await createProgress(io)
  try {
    const report = await driver.restore({
      file,
      repair,
      revokeTokens,
      onProgress: (progress) => shown.show(progressOf(progress)),
      onTightened: (what) => io.err(`${what}\n`),
      onBegun: interrupt.begun,
    })
    shown.stop()
    io.out(repairedText(report))
    io.out(report.unreadable.map((what) => `Left as it is: ${printable(what)}\n`).join(''))
    io.out(tokensText(report.tokens, revokeTokens))
    io.out(`${countsText(report)}\nRestored into ${driver.place}, and verified. Start a server on it.\n`)
  } finally {
    shown.stop()
    interrupt.stop()
  }
}

/** Whose tokens come along: whoever could write into the backup could have made one. */
function tokensText(tokens: readonly RestoredToken[], revoked: boolean): string {
  if (tokens.length === 0) return 'No token was in it.\n'
  const rows = tokens.map(({ id, username, createdAt, readOnly, runId, label }) => {
    const rights = readOnly ? 'read-only' : 'all'
    return [id, username, toIso(createdAt), rights, runId ?? '-', label ?? '-'].map(printable)
  })
  const table = textTable([['TOKEN', 'USER', 'CREATED', 'RIGHTS', 'RUN', 'LABEL'], ...rows])
  const advice = revoked
    ? 'Revoked, all of them: they are not in what was restored.'
    : 'Valid, all of them; when each was used last is not known. Revoke what you do not know with "headlock token revoke".'
  return `${table}${advice}\n`
}
