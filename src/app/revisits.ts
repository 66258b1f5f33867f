import type { Store } from '../store/store.ts'
import { type Rounds, type RoundsOptions, startRounds } from './rounds.ts'

export interface RevisitsOptions extends Pick<RoundsOptions, 'logger'> {
  readonly store: Pick<Store, 'revisitRequests'>
}

/** A revisit may be late by a second (rule 12.5). */
const intervalMs = 500

/** Makes handled requests pending again when their time has come (rule 13.9). */
export function startRevisits({ store, logger }: RevisitsOptions): Rounds {
  const failure = 'could not make requests pending again; will go on trying'
  return startRounds({ step: () => store.revisitRequests(), intervalMs, failure, logger })
}
