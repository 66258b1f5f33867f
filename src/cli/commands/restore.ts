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

/** `headlock restore FILE`: restores a backup into a data directory without a database. */
export function addRestore(parent: Command, io: Io): void {
  const command = parent
    .command('restore')
    .description('verify a backup, and restore it into a data directory without a database')
    .argument('<FILE>', 'a file that "headlock backup" wrote; it is not changed')
    .option('--repair', 'recompute counts, order numbers and indexes that are wrong')
    .option('--revoke-tokens', 'leave out the tokens of the backup; the next start creates a new one')
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
    io.out(report.unreadable.map((what) => `Not repaired: ${printable(what)}\n`).join(''))
    io.out(tokensText(report.tokens, revokeTokens))
    io.out(
      `${countsText(report)}\nRestored into ${driver.place} and verified. You can start a server on it now.\n`,
    )
  } finally {
    shown.stop()
    interrupt.stop()
  }
}

/** Lists the tokens in the backup, because anybody who could write to the backup file could have added one. */
function tokensText(tokens: readonly RestoredToken[], revoked: boolean): string {
  if (tokens.length === 0) return 'The backup contains no tokens.\n'
  const rows = tokens.map(({ id, username, createdAt, readOnly, runId, label }) => {
    const rights = readOnly ? 'read-only' : 'all'
    return [id, username, toIso(createdAt), rights, runId ?? '-', label ?? '-'].map(printable)
  })
  const table = textTable([['TOKEN', 'USER', 'CREATED', 'RIGHTS', 'RUN', 'LABEL'], ...rows])
  const advice = revoked
    ? 'All of these tokens were revoked: the restored database does not contain them.'
    : 'All of these tokens are valid. Revoke those that you do not know with "headlock token revoke".'
  return `${table}${advice}\n`
}
