import type { Command } from 'commander'
import { printable } from '../../domain/printable.ts'
import { toIso } from '../../domain/time.ts'
import type { Token } from '../../store/params/accounts.ts'
import type { Io } from '../io.ts'
import { textTable } from '../report-text.ts'
import { addTokenOptions, withAccounts } from '../token-command.ts'

/** `headlock token list`: lists the valid tokens, oldest first, without their secrets. */
export function addTokenList(parent: Command, io: Io): void {
  const command = parent.command('list').description('list the valid tokens')
  addTokenOptions(command, io).action(() =>
    withAccounts(command, io, async (accounts, { place }) => {
      const tokens = await accounts.listTokens()
      if (tokens.length === 0) {
        io.err(`There is no valid token in ${place}. "${io.callName} token create" creates one.\n`)
        return
      }
      tokens.sort((a, b) => a.createdAt - b.createdAt)
      io.out(textTable([headings, ...tokens.map(rowOf)]))
    }),
  )
}

const headings = ['ID', 'CREATED', 'RIGHTS', 'RUN', 'LABEL']

function rowOf(token: Token): string[] {
  const rights = token.readOnly ? 'read-only' : 'all'
  const texts = [token.id, toIso(token.createdAt), rights, token.runId ?? '-', token.label ?? '-']
  return texts.map(printable)
}
