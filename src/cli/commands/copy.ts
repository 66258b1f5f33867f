import type { Command } from 'commander'
import { addressAllowed, maskedText, parseAddress } from '../../app/config/store-choice.ts'
import type { StoreDriver } from '../../app/drivers/driver.ts'
import { driverAt } from '../../app/drivers/driver-of.ts'
import { OperatorError, reasonOf, UsageError } from '../../domain/operator-error.ts'
import type { CopyReport } from '../../store/copy/copy.ts'
import type { Io } from '../io.ts'
import { createProgress } from '../progress.ts'
import { counted, textTable } from '../report-text.ts'

interface Flags {
  readonly from: string
  readonly to: string
}

/** Up to this many queues are listed one by one. More would not fit on a screen. */
const listedQueuesMax = 50

/** `headlock copy`: copies everything from one store into another, which may be of the other kind. */
export function addCopy(parent: Command, io: Io): void {
  parent
    .command('copy')
    .description('copy users, tokens and queues from one store into another')
    .requiredOption(
      '--from <ADDRESS>',
      'the store to copy from: sqlite:DIR or postgres://USER@HOST/DATABASE?schema=NAME; it is not changed',
    )
    .requiredOption(
      '--to <ADDRESS>',
      'the store to copy into, in the same form; created if it does not exist',
    )
    .addHelpText(
      'after',
      `
Stop the servers of both stores first. If a copy is interrupted, run the same command again: it continues where it stopped.
Put a password into the environment (PGPASSWORD) and not into an address: other users of the machine can see flags.`,
    )
    .showHelpAfterError(`"${io.callName} copy --help" explains what is allowed.`)
    .action((flags: Flags) => copy(flags, io))
    // Messages about a wrong call repeat its flags, which may contain a password.
    .configureOutput({ writeOut: io.out, writeErr: (text) => io.err(text.replace(/:\/\/\S*@/g, '://***@')) })
}

async function copy(flags: Flags, io: Io): Promise<void> {
  const from = driverFor('--from', flags.from)
  const to = driverFor('--to', flags.to)
  if (from.identity === to.identity) {
    throw new UsageError(
      `--from and --to are the same store, ${to.address}.`,
      'Name another one to copy into.',
    )
  }
  const { copyStore } = await import('../../store/copy/copy.ts')
  const onTightened = (what: string) => io.err(`${what}\n`)
  const source = await from.openSource({ onTightened })
  try {
    const target = await to.openTarget({ onTightened })
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
        throw new OperatorError(
          `The copy is not complete: ${reasonOf(error instanceof OperatorError ? error.problem : error)}.`,
          'Run the same command again: it continues where it stopped.',
          { cause: error },
        )
      } finally {
        shown.stop()
      }
      printReport(report, io)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** Finds the driver of an address. @throws UsageError that repeats no password */
function driverFor(flag: string, text: string): StoreDriver {
  const address = parseAddress(text)
  if (address !== undefined) return driverAt(address)
  throw new UsageError(
    `${flag} was given ${JSON.stringify(maskedText(text))}.`,
    `Allowed is ${addressAllowed}.`,
  )
}

/** Prints what was copied. @throws OperatorError naming every difference between the final counts */
function printReport({ users, tokens, queues, differences }: CopyReport, io: Io): void {
  if (queues.length > 0 && queues.length <= listedQueuesMax) {
    const rows = queues.map(({ id, name, total, handled, how }) => [
      name ?? id,
      String(total),
      String(handled),
      String(total - handled),
      how === 'complete' ? 'existed already' : how,
    ])
    io.out(textTable([['QUEUE', 'REQUESTS', 'HANDLED', 'PENDING', ''], ...rows], [1, 2, 3]))
  }
  const requests = queues.reduce((sum, { total }) => sum + total, 0)
  const what = `${counted(queues.length, 'queue')} with ${counted(requests, 'request')}, ${counted(users, 'user')}, ${counted(tokens, 'token')}`
  if (differences.length > 0) {
    throw new OperatorError(
      `The counts of source and target differ (${what}):\n${differences.map((line) => `- ${line}`).join('\n')}`,
      'Do not use the copy. Copy again into an empty target. If this happens again, please report it.',
    )
  }
  io.out(`${what}: the counts of source and target agree.\n`)
}
