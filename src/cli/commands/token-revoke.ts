import type { Command } from 'commander'
import { OperatorError } from '../../domain/operator-error.ts'
import type { Io } from '../io.ts'
import { addTokenOptions, withAccounts } from '../token-command.ts'

/** `headlock token revoke ID`: makes a token invalid, also for running servers. */
export function addTokenRevoke(parent: Command, io: Io): void {
  const command = parent
    .command('revoke')
    .description('make a token permanently invalid')
    .argument('<ID>', 'the ID of the token, as "token list" shows it')
  addTokenOptions(command, io).action((id: string) =>
    withAccounts(command, io, async (accounts, { place }) => {
      if (!(await accounts.revokeToken({ id }))) {
        throw new OperatorError(
          `There is no token with that ID in ${place}.`,
          `"${io.callName} token list" shows the IDs. The ID is not the token itself.`,
        )
      }
      io.out(`Token ${id} is revoked. A running server stops accepting it within a second.\n`)
    }),
  )
}
