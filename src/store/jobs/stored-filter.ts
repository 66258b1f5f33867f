import { everyRequest, type RequestFilter } from '../../domain/insight/request-filter.ts'
import type { Selection, StoredFilter } from '../params/jobs.ts'

/** The filter of a selection, if it has one that can choose fewer than all. */
export function storedFilterOf(selection: Selection): StoredFilter | null {
  return 'filter' in selection ? selection.filter : null
}

export function filterOf({ states, ...others }: StoredFilter): RequestFilter {
  return { ...everyRequest, ...others, states: states === null ? null : new Set(states) }
}

export function storedFilter({ states, ...others }: RequestFilter): StoredFilter {
  return { ...others, states: states === null ? null : [...states] }
}
