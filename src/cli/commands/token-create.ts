import type { Command } from 'commander'
import { ConfigError, type Fault } from '../../app/config/config.ts'
import { environmentTokenLabel, issueToken } from '../../app/tokens/access.ts'
import { OperatorError } from '../../domain/operator-error.ts'
import type { Io } from '../io.ts'
import { addTokenOptions, withAccounts } from '../token-command.ts'

interface Flags {
  readonly run?: string
  readonly readOnly?: true
  readonly label?: string
}

const labelLengthMax = 100
const runIdLengthMax = 100

/** `headlock token create`: prints only the new token on standard output, and what it may do on standard error. */
export function addTokenCreate(parent: Command, io: Io): void {
  const command = parent
    .command('create')
    .description('create a token and print it; it cannot be shown again later')
    .option('--run <RUN_ID>', 'the run of the token; clients of the same run may use the locks of each other')
    .option('--read-only', 'create a token that may read everything and change nothing')
    .option('--label <TEXT>', 'a note that "token list" shows')
  addTokenOptions(command, io).action((flags: Flags) => create(command, flags, io))
}

async function create(command: Command, flags: Flags, io: Io): Promise<void> {
  const { run: runId = null, label = null, readOnly = false } = flags
  const faults = [runFault(runId), labelFault(label)].filter((fault) => fault !== null)
  if (faults.length > 0) throw new ConfigError(faults)

  await withAccounts(command, io, async (accounts, { username, place }) => {
    const user = await accounts.findUser({ username })
    if (user === null) {
      throw new OperatorError(
        `There is no user ${username} in ${place}.`,
        'The first start of a server creates its user. If the server runs with --username, use the same flag here.',
      )
    }
    const { id, token } = await issueToken(accounts, { userId: user.id, label, runId, readOnly })
    const kind = `${readOnly ? 'read-only token' : 'token'}${runId === null ? '' : ` of the run ${runId}`}`
    io.err(
      `A ${kind} for ${username}, ID ${id}. It is shown only now, because the server keeps only its hash.\n`,
    )
    io.out(`${token}\n`)
  })
}

function runFault(runId: string | null): Fault | null {
  if (runId === null || (runId.length <= runIdLengthMax && /^[\w.~-]+$/.test(runId))) return null
  return {
    problem: `--run was given ${JSON.stringify(runId)}.`,
    advice: `Allowed are 1 to ${runIdLengthMax} letters, digits and the characters - . _ ~.`,
  }
}

function labelFault(label: string | null): Fault | null {
  if (label === environmentTokenLabel) {
    return {
      problem: `--label was given "${label}", which is reserved for the token in the environment.`,
      advice: 'Choose another label.',
    }
  }
  if (label === null || (label.trim() !== '' && label.length <= labelLengthMax && !/\p{Cc}/u.test(label)))
    return null
  return {
    problem: `--label was given ${JSON.stringify(label)}.`,
    advice: `Allowed are 1 to ${labelLengthMax} characters on one line.`,
  }
}
