import type { Millis } from '../domain/time.ts'
import type { Store } from '../store/store.ts'

export interface UpkeepLogger {
  info(values: object, message: string): void
  error(values: object, message: string): void
}

export interface UpkeepOptions {
  readonly store: Pick<Store, 'expireQueues'>
  readonly retentionMs: Millis
  readonly logger: UpkeepLogger
  readonly intervalMs?: Millis
}

export interface Upkeep {
  /** Runs a round now, or after the round that is under way. Failures are logged, and the next round runs as usual. */
  tidy(): Promise<void>
  /** Starts no further round, and ends the one under way after its current step. Resolves when that step is done. */
  stop(): Promise<void>
}

const minuteMs = 60_000

/** Deletes expired queues (rule 7.7) once a minute. Answers do not depend on when this runs. */
export function startUpkeep({ store, retentionMs, logger, intervalMs = minuteMs }: UpkeepOptions): Upkeep {
  let last: Promise<void> = Promise.resolve()
  let stopped = false

  async function round(): Promise<void> {
    if (stopped) return
    let expired = 0
    let deleted: number
    try {
      // One call deletes a few queues, so a stop waits for those few and not for all of them.
      do {
        deleted = await store.expireQueues({ retentionMs })
        expired += deleted
      } while (deleted > 0 && !stopped)
    } catch (error) {
      logger.error({ err: error }, 'could not delete expired queues; will try again within a minute')
    }
    if (expired > 0) logger.info({ expired }, 'deleted unnamed queues past their retention time')
  }

  function tidy(): Promise<void> {
    last = last.then(round)
    return last
  }

  const timer = setInterval(tidy, intervalMs)
  // The timer must not keep a process alive that has nothing else to do.
  timer.unref()

  return {
    tidy,
    stop() {
      stopped = true
      clearInterval(timer)
      return last
    },
  }
}
