import type { Millis } from '../domain/time.ts'
import type { UpkeepLogger } from './upkeep.ts'

export interface RoundsOptions {
  /** Does some of the work. Returns whether there may be more. */
  step(): Promise<boolean>
  /** How often to begin a round, which is all the work that there is then. */
  readonly intervalMs: Millis
  /** For the log, where a step fails. Only the first of several failures is logged. */
  readonly failure: string
  readonly logger: Pick<UpkeepLogger, 'error'>
  /** Waits between two steps, so that calls come first. */
  pause?(stepMs: Millis): Promise<void>
}

export interface Rounds {
  /** Starts no further step. Resolves when the one under way is done. */
  stop(): Promise<void>
}

/** Does background work of the store, step by step. A step that failed is tried again in the next round. */
export function startRounds({ step, intervalMs, failure, logger, pause }: RoundsOptions): Rounds {
  let running: Promise<void> | null = null
  let stopped = false
  let failed = false

  async function round(): Promise<void> {
    try {
      for (;;) {
        const beganAt = performance.now()
        if (stopped || !(await step())) break
        await pause?.(performance.now() - beganAt)
      }
      failed = false
    } catch (error) {
      if (!failed) logger.error({ err: error }, failure)
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
