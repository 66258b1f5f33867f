import type { Store } from '../../store/store.ts'
import type { DamagedRequests } from '../errors/damaged-requests.ts'
import type { Admission } from '../overload/admission.ts'

/** What routes need to answer with whole requests. */
export interface ReadingParts {
  readonly store: Store
  readonly admission: Admission
  readonly damaged: DamagedRequests
}
