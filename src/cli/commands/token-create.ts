import type { Command } from 'commander'
import { environmentTokenLabel, issueToken } from '../../app/tokens/access.ts'
import { type Io, UsageError } from '../io.ts'
import { addTokenOptions, withAccounts } from '../token-command.ts'

interface Flags {
  readonly run?: string
  readonly readOnly?: true
  readonly label?: string
}

const labelLengthMax = 100
const runIdLengthMax = 100

/** `headlock token create`: prints the new token alone on standard output, and what it may do beside it. */
export function addTokenCreate(parent: Command, io: Io): void {
  const command = parent
    .command('create')
    .description('make a token and print it, this once')
    .option('--run <RUN_ID>', 'clients with a token of one run may act on the locks of each other')
    .option('--read-only', 'a token that may look at everything and change nothing')
    .option('--label <TEXT>', 'a note to know it by in "token list"')
  addTokenOptions(command, io).action((flags: Flags) => create(command, flags, io))
}

async function create(command: Command, flags: Flags, io: Io): Promise<void> {
  const { run: runId = null, label = null, readOnly = false } = flags
  const problems = [runProblem(runId), labelProblem(label)].filter((problem) => problem !== null)
  if (problems.length > 0) throw new UsageError(problems.join('\n'))

  await withAccounts(command, io, async (accounts, { username, place }) => {
    const user = await accounts.findUser({ username })
    if (user === null) {
      throw new Error(
        `There is no user ${username} in ${place}. The first start of the server makes its user; ` +
          'if it runs with another --username, name that one here too.',
      )
    }
    const { id, token } = await issueToken(accounts, { userId: user.id, label, runId, readOnly })
    const kind = `${readOnly ? 'read-only token' : 'token'}${runId === null ? '' : ` of the run ${runId}`}`
    io.err(`A ${kind} for ${username}, ID ${id}. It is shown only now: what is kept is its hash.\n`)
    io.out(`${token}\n`)
  })
}

function runProblem(runId: string | null): string | null {
  if (runId === null || (runId.length <= runIdLengthMax && /^[\w.~-]+$/.test(runId))) return null
  return (
    `--run was given ${JSON.stringify(runId)}; allowed is 1 to ${runIdLengthMax} letters, digits ` +
    'and characters of - . _ ~.'
  )
}

function labelProblem(label: string | null): string | null {
  if (label === environmentTokenLabel) {
    return `--label was given "${label}"; that is the label of the token in the environment. Choose another.`
  }
  if (label === null || (label.trim() !== '' && label.length <= labelLengthMax && !/\p{Cc}/u.test(label)))
    return null
  return `--label was given ${JSON.stringify(label)}; allowed is 1 to ${labelLengthMax} characters on one line.`
}
