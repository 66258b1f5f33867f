import { resolve } from 'node:path'
import type { Command } from 'commander'
import { maskedText, parseStore, storeAllowed } from '../../app/config/store-choice.ts'
import type { StoreAddress } from '../../store/copy/address.ts'
import type { CopyReport } from '../../store/copy/copy.ts'
import { type Io, UsageError } from '../io.ts'
import { createProgress } from '../progress.ts'

interface Flags {
  readonly from: string
  readonly to: string
}

/** More queues than that are summed up in one line. */
const listedQueuesMax = 50

/** `headlock copy`: everything from one store into another, which may be of the other kind. */
export function addCopy(parent: Command, io: Io): void {
  parent
    .command('copy')
    .description('copy users, tokens and queues from one store into another')
    .requiredOption(
      '--from <ADDRESS>',
      'sqlite:DIR or postgres://USER@HOST/DATABASE?schema=NAME; it stays as it is',
    )
    .requiredOption('--to <ADDRESS>', 'the same, of the store to copy into; made when it is not there')
    .addHelpText(
      'after',
      `
Stop the servers of both first. A copy that was broken goes on where it was when the same command is run again. A password
is better off in the environment (PGPASSWORD) than in an address, because other users of the machine can see flags.`,
    )
    .showHelpAfterError(`"${io.callName} copy --help" explains what is allowed.`)
    .action(async (flags: Flags) => {
      const { withoutPasswords } = await import('../../store/copy/address.ts')
      const safe: Io = { ...io, out: (text) => io.out(withoutPasswords(text)) }
      try {
        await copy(flags, safe)
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error)
        // The advice of a server, which has other flags.
        const message = withoutPasswords(problem).replace(/ with --(data|store)\b/g, '')
        throw error instanceof UsageError ? new UsageError(message) : new Error(message)
      }
    })
    // What cannot be read is repeated to the person who typed it.
    .configureOutput({ writeOut: io.out, writeErr: (text) => io.err(text.replace(/:\/\/\S*@/g, '://***@')) })
}

async function copy(flags: Flags, io: Io): Promise<void> {
  const { isSameAddress, nameOf } = await import('../../store/copy/address.ts')
  const from = parseAddress('--from', flags.from)
  const to = parseAddress('--to', flags.to)
  if (isSameAddress(from, to)) {
    throw new UsageError(`--from and --to are the same store, ${nameOf(to)}. Name another one to copy into.`)
  }
  const { openSource, openTarget } = await import('../../store/copy/open.ts')
  const { copyStore } = await import('../../store/copy/copy.ts')
  const tellTightened = (what: string) => io.err(`${what}\n`)
  const source = await openSource(from, undefined, tellTightened)
  try {
    const target = await openTarget(to, tellTightened)
    try {
      io.err(`Copying ${source.name} to ${target.name}\n`)
      const shown = await createProgress(io)
      let report: CopyReport
      let hasBegun = false
      try {
        report = await copyStore(source, target, ({ phase, done, total, queueNumber, queues }) => {
          hasBegun = true
          shown.show({ phase, done, total, unit: 'requests', note: `queue ${queueNumber} of ${queues}` })
        })
      } catch (error) {
        if (!hasBegun) throw error
        const problem = error instanceof Error ? error.message : String(error)
        throw new Error(
          `${problem}\nThe copy is not complete. Run the same command again: it goes on where it was.`,
          {
            cause: error,
          },
        )
      } finally {
        shown.stop()
      }
      tell(report, io)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** @throws UsageError that repeats no password */
function parseAddress(flag: string, text: string): StoreAddress {
  const directory = /^sqlite:(.+)$/s.exec(text)?.[1]
  // The other tools that know such addresses mean a host by what stands behind two slashes.
  if (directory !== undefined && !/^\/\/[^/]/.test(directory)) {
    return { kind: 'sqlite', directory: resolve(directory) }
  }
  const store = parseStore(text)
  if (store?.kind === 'postgres') return store
  const given = JSON.stringify(maskedText(text))
  throw new UsageError(
    `${flag} was given ${given}; allowed is sqlite:DIR with the data directory of a server, or ` +
      `${storeAllowed.replace('sqlite, or ', '')}.`,
  )
}

/** @throws Error naming every difference that the counts at the end have found */
function tell({ users, tokens, queues, differences }: CopyReport, io: Io): void {
  if (queues.length > 0 && queues.length <= listedQueuesMax) {
    const rows = queues.map(({ id, name, total, handled, how }) => [
      name ?? id,
      String(total),
      String(handled),
      String(total - handled),
      how === 'there' ? 'was there already' : how,
    ])
    io.out(table([['QUEUE', 'REQUESTS', 'HANDLED', 'PENDING', ''], ...rows]))
  }
  const requests = queues.reduce((sum, { total }) => sum + total, 0)
  const what = `${count(queues.length, 'queue')} with ${count(requests, 'request')}, ${count(users, 'user')}, ${count(tokens, 'token')}`
  if (differences.length > 0) {
    throw new Error(
      `The counts of source and target differ (${what}):\n${differences.map((line) => `- ${line}\n`).join('')}` +
        'Do not use the copy. Copy into an empty target; if it happens again, please report it.',
    )
  }
  io.out(`${what}: counted on both sides, and the same.\n`)
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString('en')} ${thing}${number === 1 ? '' : 's'}`
}

/** The first and the last column to the left, figures to the right. */
function table(rows: readonly string[][]): string {
  const columns = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === 0 || column === row.length - 1
          ? cell.padEnd(columns[column]!)
          : cell.padStart(columns[column]!),
      )
      return `${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}
