import { Command, CommanderError } from 'commander'
import { version } from '../app/version.ts'
import { UsageError } from '../domain/operator-error.ts'
import { withoutPasswords } from '../domain/redact.ts'
import { addBackup } from './commands/backup.ts'
import { addCopy } from './commands/copy.ts'
import { addMigrate } from './commands/migrate.ts'
import { addRestore } from './commands/restore.ts'
import { addServe } from './commands/serve.ts'
import { addTokenCreate } from './commands/token-create.ts'
import { addTokenList } from './commands/token-list.ts'
import { addTokenRevoke } from './commands/token-revoke.ts'
import { addVerify } from './commands/verify.ts'
import type { Io } from './io.ts'

/**
 * Runs one command and tells the exit code: 0 done, 1 it failed, 2 it was called wrongly. Failures are told as
 * messages for a person; nothing is thrown.
 *
 * @param args what stands behind the name of the program
 */
export async function runCli(args: readonly string[], io: Io): Promise<0 | 1 | 2> {
  const program = new Command('headlock')
    .description(
      'A request-queue server for web crawlers: the request queues of the Apify API, on your machine.',
    )
    .version(`headlock ${version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'explain this command')
    .helpCommand(false)
    .showHelpAfterError(`"${io.callName} --help" lists the commands.`)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
  addServe(program, io)
  addMigrate(program, io)
  addCopy(program, io)
  addBackup(program, io)
  addRestore(program, io)
  addVerify(program, io)
  const token = program
    .command('token')
    .description('make, list and revoke API tokens, whether or not the server runs')
    .helpCommand(false)
    .showHelpAfterError(`"${io.callName} token --help" lists what there is.`)
  addTokenCreate(token, io)
  addTokenList(token, io)
  addTokenRevoke(token, io)

  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    // Problem and advice of an OperatorError; anything else tells what it can.
    io.err(withoutPasswords(`${error instanceof Error ? error.message : String(error)}\n`))
    return error instanceof UsageError ? 2 : 1
  }
}
