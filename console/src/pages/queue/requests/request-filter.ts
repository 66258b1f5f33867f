import type { RequestFilter } from '../../../api/shapes.ts'

/** The filters besides the states, with what the fields say. */
export const filterFields = [
  { name: 'url', title: 'URL contains', isWide: true },
  { name: 'host', title: 'Host' },
  { name: 'label', title: 'Label' },
  { name: 'error', title: 'Error contains' },
  { name: 'client', title: 'Client' },
  { name: 'run', title: 'Run' },
  { name: 'retryCountMin', title: 'Retries, at least', isNumber: true },
] as const satisfies readonly {
  readonly name: keyof RequestFilter
  readonly title: string
  readonly isWide?: boolean
  readonly isNumber?: boolean
}[]

const names: readonly (keyof RequestFilter)[] = ['state', ...filterFields.map(({ name }) => name)]

/** The filter that the address says. */
export function filterIn(query: URLSearchParams): RequestFilter {
  return Object.fromEntries(names.flatMap((name) => (query.get(name) ? [[name, query.get(name)!]] : [])))
}

/** No filter, and no group of failures. */
export const noFilter: Readonly<Record<string, null>> = Object.fromEntries(
  [...names, 'failure'].map((name) => [name, null]),
)
