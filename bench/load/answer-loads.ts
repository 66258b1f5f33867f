import { once } from 'node:events'
import { Measurement } from './measurement.ts'
import type { Go, LoadReply, ShareOptions, ShareResult } from './messages.ts'

/** A load that is ready to begin. */
export interface PreparedLoad {
  /** Resolves when the measurement is over, or nothing is left to do, and all calls are answered. */
  run(measurement: Measurement): Promise<void>
  /** The first number that no URL of this process uses. */
  nextNewNumber(): number
  close(): void | Promise<void>
}

/**
 * Makes this process a load process: it takes loads over IPC, one at a time, and answers each with its
 * measurement.
 *
 * @param prepare opens what the load needs
 */
export function answerLoads(prepare: (ask: ShareOptions) => Promise<PreparedLoad>): void {
  process.on('message', (message: ShareOptions | Go) => {
    if ('kind' in message) return
    run(message, prepare).then(
      (result) => reply({ kind: 'result', result }),
      (error: Error) => reply({ kind: 'failed', problem: error.stack ?? error.message }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}

/** The numbers of the connections of this process. */
export function workersOf({ connections, clients, share }: ShareOptions): number[] {
  return Array.from({ length: connections }, (_, worker) => worker).filter(
    (worker) => (worker % clients) % share.of === share.rest,
  )
}

function reply(message: LoadReply): void {
  process.send!(message)
}

async function run(
  ask: ShareOptions,
  prepare: (ask: ShareOptions) => Promise<PreparedLoad>,
): Promise<ShareResult> {
  const load = await prepare(ask)
  try {
    reply({ kind: 'ready' })
    await once(process, 'message')
    const measurement = new Measurement(ask)
    const bounds = new Bounds(ask)
    try {
      await load.run(measurement)
    } finally {
      bounds.end()
    }
    return { ...measurement.result(), nextNewNumber: load.nextNewNumber() }
  } finally {
    await load.close()
  }
}

/** Reports when the measurement begins and ends. The measurement may begin before the load does. */
class Bounds {
  readonly #timers: NodeJS.Timeout[] = []
  #hasEnded = false

  constructor({ warmUpMs, measureMs }: ShareOptions) {
    if (warmUpMs === 0) reply({ kind: 'begun' })
    else this.#timers.push(setTimeout(() => reply({ kind: 'begun' }), warmUpMs))
    if (measureMs !== null) this.#timers.push(setTimeout(() => this.end(), warmUpMs + measureMs))
  }

  end(): void {
    if (!this.#hasEnded) reply({ kind: 'ended' })
    this.#hasEnded = true
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
