import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../store/store.ts'
import { type Rounds, type RoundsOptions, startRounds } from './rounds.ts'

export interface JobsOptions extends Pick<RoundsOptions, 'logger'> {
  readonly store: Pick<Store, 'continueJobs'>
}

/** So long a job may rest after the call that made it, and after a restart. */
const intervalMs = 500
const pauseMsMax = 50

/** Goes on with actions and forks that take long (rules 14.5 and 14.6). They take half of the store's time at most. */
export function startJobs({ store, logger }: JobsOptions): Rounds {
  const failure = 'could not go on with a job; will go on trying'
  return startRounds({
    step: () => store.continueJobs(),
    intervalMs,
    failure,
    logger,
    pause: async (stepMs) => {
      await wait(Math.min(stepMs, pauseMsMax))
    },
  })
}
