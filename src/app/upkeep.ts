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
  /** Tidies now, in turn with a round that is under way. Failures are logged and end nothing. */
  tidy(): Promise<void>
  /** No round begins after this, and one that is under way ends with its next step; resolves when it has. */
  stop(): Promise<void>
}

const minuteMs = 60_000

/** Deletes expired queues (rule 7.7) once a minute. No answer depends on when it runs. */
export function startUpkeep({ store, retentionMs, logger, intervalMs = minuteMs }: UpkeepOptions): Upkeep {
  let last: Promise<void> = Promise.resolve()
  let stopped = false

  async function round(): Promise<void> {
    if (stopped) return
    let expired = 0
    let some: number
    try {
      // One call deletes some: who stops the server waits for them, and not for all.
      do {
        some = await store.expireQueues({ retentionMs })
        expired += some
      } while (some > 0 && !stopped)
    } catch (error) {
      logger.error({ err: error }, 'could not delete expired queues; the next round tries again')
    }
    if (expired > 0) logger.info({ expired }, 'deleted unnamed queues that nobody used any more')
  }

  function tidy(): Promise<void> {
    last = last.then(round)
    return last
  }

  const timer = setInterval(tidy, intervalMs)
  // A server that is otherwise done must not be kept alive by its upkeep.
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
