import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import type { Command } from 'commander'
import { OperatorError, reasonOf, UsageError } from '../../domain/operator-error.ts'
import { JsonTextError, parseCommentedJson } from '../commented-json.ts'
import type { Io } from '../io.ts'
import { callPolicy, type PolicyAnswer } from '../policy-client.ts'

interface Flags {
  readonly set?: string
  readonly delete?: true
  readonly ifVersion?: string
  readonly url?: string
  readonly token?: string
}

const urlByDefault = 'http://127.0.0.1:4747'

/**
 * `headlock policy`: prints, replaces or deletes the policy of a queue. It talks to the running server, which
 * alone may use its data. Only the policy goes to standard output.
 */
export function addPolicy(parent: Command, io: Io): void {
  parent
    .command('policy')
    .description('print or change how a queue hands out its requests; the server has to be running')
    .argument('<QUEUE>', 'the ID of the queue, its name, or USER~NAME')
    .option('--set <FILE>', 'replace the policy with that of a file; - is standard input')
    .option('--delete', 'remove the policy')
    .option('--if-version <N>', 'change nothing unless the queue has this version of its policy')
    .option(
      '--url <URL>',
      `the address of the server (default: ${urlByDefault}; environment: HEADLOCK_URL, APIFY_API_BASE_URL)`,
    )
    .option(
      '--token <TOKEN>',
      'a token of the server; better in the environment, because other users of the machine can see flags (environment: HEADLOCK_TOKEN, APIFY_TOKEN)',
    )
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
  const { environment } = io
  if (flags.set !== undefined && flags.delete) {
    throw new UsageError('--set and --delete were both given.', 'Give one of them.')
  }
  const version = versionOf(flags)
  const url = urlOf(flags.url ?? environment['HEADLOCK_URL'] ?? environment['APIFY_API_BASE_URL'], queue)
  const token = flags.token ?? environment['HEADLOCK_TOKEN'] ?? environment['APIFY_TOKEN'] ?? ''
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      token === '' ? 'No token was given.' : 'The token has characters that no token has.',
      `Put a token of the server into HEADLOCK_TOKEN. "${io.callName} token create" creates one.`,
    )
  }
  const call = { url, token, version }
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

/** An ID stands for itself. Any other text without `~` is the name of a queue of the caller. */
function urlOf(given: string | undefined, queue: string): URL {
  const base = given === undefined || given === '' ? urlByDefault : given
  const url = URL.parse(base)
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new UsageError(
      `${JSON.stringify(base)} is not the address of a server.`,
      `Give --url an address like ${urlByDefault}.`,
    )
  }
  const address = queue.includes('~') || /^[A-Za-z0-9]{17}$/.test(queue) ? queue : `~${queue}`
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/headlock/v1/queues/${encodeURIComponent(address)}/policy`
  url.hash = ''
  return url
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
