import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import type { Command } from 'commander'
import { OperatorError, reasonOf, UsageError } from '../../domain/operator-error.ts'
import { JsonTextError, parseCommentedJson } from '../commented-json.ts'
import type { Io } from '../io.ts'
import { callPolicy, type PolicyAnswer } from '../policy-client.ts'
import { addServerOptions, queueCall, type ServerFlags } from '../server-address.ts'

interface Flags extends ServerFlags {
  readonly set?: string
  readonly delete?: true
  readonly ifVersion?: string
}

/**
 * `headlock policy`: prints, replaces or deletes the policy of a queue. It talks to the running server, which
 * alone may use its data. Only the policy goes to standard output.
 */
export function addPolicy(parent: Command, io: Io): void {
  const command = parent
    .command('policy')
    .description('print or change how a queue hands out its requests; the server has to be running')
    .argument('<QUEUE>', 'the ID of the queue, its name, or USER~NAME')
    .option('--set <FILE>', 'replace the policy with that of a file; - is standard input')
    .option('--delete', 'remove the policy')
    .option('--if-version <N>', 'change nothing unless the queue has this version of its policy')
  addServerOptions(command)
    .addHelpText(
      'after',
      `
The file is JSON. It may have comments, and a comma after the last element:

  {
    // One at a time, with two seconds in between.
    "rules": [{ "hosts": "*.example.com", "delaySecs": 2 }],
  }

docs/api-details.md lists all fields. A queue without a policy prints {}.`,
    )
    .showHelpAfterError(`"${io.callName} policy --help" explains what is allowed.`)
    .action((queue: string, flags: Flags) => policy(queue, flags, io))
}

async function policy(queue: string, flags: Flags, io: Io): Promise<void> {
  if (flags.set !== undefined && flags.delete) {
    throw new UsageError('--set and --delete were both given.', 'Give one of them.')
  }
  const version = versionOf(flags)
  const call = { ...queueCall(flags, queue, 'policy', io), version }
  if (flags.delete) return print(await callPolicy({ ...call, method: 'DELETE' }), 'It was removed.', io)
  if (flags.set === undefined) return print(await callPolicy({ ...call, method: 'GET' }), null, io)
  const document = await documentIn(flags.set)
  return print(await callPolicy({ ...call, method: 'PUT', document }), 'It was replaced.', io)
}

function versionOf({ ifVersion, set, delete: isDelete }: Flags): number | null {
  if (ifVersion === undefined) return null
  if (!/^\d{1,15}$/.test(ifVersion)) {
    throw new UsageError(
      `--if-version was given ${JSON.stringify(ifVersion)}.`,
      'Allowed is a whole number, as the command prints it.',
    )
  }
  if (set === undefined && !isDelete) {
    throw new UsageError(
      '--if-version was given, but nothing is to be changed.',
      'Give --set or --delete too.',
    )
  }
  return Number(ifVersion)
}

/** @throws OperatorError naming the line and the column where the text is wrong */
async function documentIn(file: string): Promise<unknown> {
  const name = file === '-' ? 'standard input' : file
  let text: string
  try {
    text = file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw new OperatorError(`${name} cannot be read: ${reasonOf(error)}.`, 'Give --set another file.')
  }
  try {
    return parseCommentedJson(text)
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    throw new OperatorError(`${name} is not JSON: ${error.message}.`, 'Nothing was changed.')
  }
}

function print({ policy, version, state, progress }: PolicyAnswer, done: string | null, io: Io): void {
  io.out(`${JSON.stringify(policy, null, 2)}\n`)
  const building =
    state === 'active'
      ? ''
      : ` It is not in force yet: ${progress?.done ?? 0} of ${progress?.total ?? 0} requests were looked at.`
  io.err(`${done === null ? 'This' : `${done} This`} is version ${version}.${building}\n`)
}
