import type { Command } from 'commander'
import { OperatorError, UsageError } from '../../domain/operator-error.ts'
import type { Millis } from '../../domain/time.ts'
import { openEvents, type StreamEvent } from '../event-client.ts'
import type { Io } from '../io.ts'
import { addServerOptions, queueCall, type ServerFlags } from '../server-address.ts'
import { type FigureEvent, keptSecs, lineOf, pictureOf } from '../watch-text.ts'

interface Flags extends ServerFlags {
  readonly count?: string
}

/** The pause before a connection that was cut is opened again. It doubles. */
const retryMsMin: Millis = 500
const retryMsMax: Millis = 10_000

/**
 * `headlock watch`: shows each second what is done in a queue, until it is stopped. It talks to the running
 * server. Looking changes nothing, and a read-only token will do.
 */
export function addWatch(parent: Command, io: Io): void {
  addServerOptions(
    parent
      .command('watch')
      .description('show what is done in a queue, second by second; the server has to be running')
      .argument('<QUEUE>', 'the ID of the queue, its name, or USER~NAME')
      .option('--count <N>', 'end after so many seconds; by default it goes on until Ctrl-C'),
  )
    .addHelpText(
      'after',
      `
On a terminal it shows counts, rates and charts of the last minute. Elsewhere it prints a line for each second.
A connection that is cut is opened again.`,
    )
    .showHelpAfterError(`"${io.callName} watch --help" explains what is allowed.`)
    .action((queue: string, flags: Flags) => watch(queue, flags, io))
}

async function watch(queue: string, flags: Flags, io: Io): Promise<void> {
  const countMax = countOf(flags)
  const { url, token } = queueCall(flags, queue, 'events', io)
  const shown = io.isTerminal
    ? new Picture(queue, io)
    : { show: (event: FigureEvent) => io.out(lineOf(event)) }
  // A server that is not there at the start is a mistake of the caller. Later it may be starting again.
  let events = await openEvents(url, token)
  for (let count = 0, pauseMs = retryMsMin; ; ) {
    for await (const event of events) {
      assertGoesOn(event)
      if (event.name !== 'figures') continue
      pauseMs = retryMsMin
      shown.show(event.data as FigureEvent)
      if (++count >= countMax) return
    }
    io.err('The connection was lost. Trying again.\n')
    events = await openedAgain(url, token, pauseMs)
    pauseMs = Math.min(retryMsMax, 2 * pauseMs)
  }
}

/** @throws OperatorError if the server has ended the stream for good */
function assertGoesOn({ name, data }: StreamEvent): void {
  if (name !== 'end') return
  const { message } = data as { message: string }
  throw new OperatorError(
    /[.!?]$/.test(message) ? message : `${message}.`,
    'The queue was deleted, or the token was revoked.',
  )
}

/** @throws OperatorError if the server refuses the call for good */
async function openedAgain(url: URL, token: string, firstPauseMs: Millis) {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(retryMsMax, 2 * pauseMs)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    try {
      return await openEvents(url, token)
    } catch (error) {
      // Only what may pass by itself has a cause.
      if (!(error instanceof OperatorError) || error.cause === undefined) throw error
    }
  }
}

function countOf({ count }: Flags): number {
  if (count === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d{0,8}$/.test(count)) {
    throw new UsageError(`--count was given ${JSON.stringify(count)}.`, 'Allowed is a whole number from 1.')
  }
  return Number(count)
}

const eraseToEndOfLine = '\u001b[K'

/** Draws the picture over the one before. */
class Picture {
  readonly #queue: string
  readonly #io: Io
  readonly #events: FigureEvent[] = []
  #lineCount = 0

  constructor(queue: string, io: Io) {
    this.#queue = queue
    this.#io = io
  }

  show(event: FigureEvent): void {
    this.#events.push(event)
    if (this.#events.length > keptSecs) this.#events.shift()
    const lines = pictureOf(this.#queue, this.#events)
    const back = this.#lineCount === 0 ? '' : `\u001b[${this.#lineCount}A`
    this.#io.out(back + lines.map((line) => `${line}${eraseToEndOfLine}\n`).join(''))
    this.#lineCount = lines.length
  }
}
