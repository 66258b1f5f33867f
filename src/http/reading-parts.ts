import type { Store } from '../store/store.ts'
import type { Admission } from './admission.ts'
import type { DamagedRequests } from './damaged-requests.ts'

/** What routes need that answer with whole requests. */
export interface ReadingParts {
  readonly store: Store
  readonly admission: Admission
  readonly damaged: DamagedRequests
}
