import { Command, CommanderError } from 'commander'
import { version } from '../app/version.ts'
import { UsageError } from '../domain/operator-error.ts'
import { withoutPasswords } from '../domain/redact.ts'
import { addBackup } from './commands/backup.ts'
import { addCopy } from './commands/copy.ts'
import { addMigrate } from './commands/migrate.ts'
import { addPolicy } from './commands/policy.ts'
import { addRestore } from './commands/restore.ts'
import { addServe } from './commands/serve.ts'
import { addTokenCreate } from './commands/token-create.ts'
import { addTokenList } from './commands/token-list.ts'
import { addTokenRevoke } from './commands/token-revoke.ts'
import { addVerify } from './commands/verify.ts'
import { addWatch } from './commands/watch.ts'
import type { Io } from './io.ts'

/**
 * Runs one command. Prints failures as messages for people, and never throws.
 *
 * @param args the arguments after the name of the program
 * @returns the exit code: 0 for success, 1 for a failure, 2 for a wrong call
 */
export async function runCli(args: readonly string[], io: Io): Promise<0 | 1 | 2> {
  const program = new Command('headlock')
    .description(
      'A request-queue server for web crawlers: the request queues of the Apify API, on your own machine.',
    )
    .version(`headlock ${version}`, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
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
  addPolicy(program, io)
  addWatch(program, io)
  const token = program
    .command('token')
    .description('create, list and revoke API tokens, whether or not the server is running')
    .helpCommand(false)
    .showHelpAfterError(`"${io.callName} token --help" lists the commands.`)
  addTokenCreate(token, io)
  addTokenList(token, io)
  addTokenRevoke(token, io)

  try {
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    // The message of an OperatorError has the problem and the advice.
    io.err(withoutPasswords(`${error instanceof Error ? error.message : String(error)}\n`))
    return error instanceof UsageError ? 2 : 1
  }
}
