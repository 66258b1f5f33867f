import type { Millis } from '../domain/time.ts'
import type { Store } from '../store/store.ts'
import type { UpkeepLogger } from './upkeep.ts'

export interface RevisitsOptions {
  readonly store: Pick<Store, 'revisitRequests'>
  readonly logger: Pick<UpkeepLogger, 'error'>
  readonly intervalMs?: Millis
}

export interface Revisits {
  /** Starts no further step. Resolves when the one under way is done. */
  stop(): Promise<void>
}

/** A revisit may be late by a second (rule 12.5). */
const halfSecondMs = 500

/** Makes handled requests pending again when their time has come (rule 13.9). Only the first of several failures is logged. */
export function startRevisits({ store, logger, intervalMs = halfSecondMs }: RevisitsOptions): Revisits {
  let running: Promise<void> | null = null
  let stopped = false
  let failed = false

  async function round(): Promise<void> {
    try {
      while (!stopped && (await store.revisitRequests())) {}
      failed = false
    } catch (error) {
      if (!failed) logger.error({ err: error }, 'could not make requests pending again; will go on trying')
      failed = true
    }
  }

  const timer = setInterval(() => {
    running ??= round().finally(() => {
      running = null
    })
  }, intervalMs)
  // The timer must not keep a process alive that has nothing else to do.
  timer.unref()

  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
