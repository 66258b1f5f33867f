import type { Column } from './report.ts'

/** What a workload is held against, beside it in the table. */
export interface Comparison {
  /** The row of the limit. */
  readonly limit: string
  /** Of two rates the table shows the ratio, of two times what the workload adds. */
  readonly column: Column
  /** How the limit is called behind the figure. */
  readonly label: string
}

export type Comparisons = Readonly<Record<string, Comparison>>

export const echoAdd = 'limit (a): bare node:http, add'
export const echoGet = 'limit (a): bare node:http, get'

export const sqliteRows = 'limit (b): SQLite alone, rows'
export const fdatasync = 'limit (c): one fdatasync'

const ofEchoAdd: Comparison = { limit: echoAdd, column: 'requestsPerSecond', label: '(a)' }
const ofEchoGet: Comparison = { limit: echoGet, column: 'requestsPerSecond', label: '(a), get' }

export const sqliteComparisons: Comparisons = {
  'single add': ofEchoAdd,
  'single add, half known': ofEchoAdd,
  'mark handled': ofEchoAdd,
  'get request': { ...ofEchoGet, label: '(a)' },
  prolong: ofEchoGet,
  'drain, 8 clients': ofEchoAdd,
  'drain, 8 clients, one call each': ofEchoAdd,
  'batch add of 25': { limit: sqliteRows, column: 'requestsPerSecond', label: '(b)' },
  'single add, lone client': { limit: fdatasync, column: 'p50Ms', label: '(c)' },
}

export const bareRows = 'limit (b): bare client, one row a transaction'
export const bareBatches = 'limit (c): bare client, 25 rows a transaction'
export const oneCommit = 'limit (d): one commit, lone connection'
export const roundTrip = 'limit (e): SELECT 1, lone connection'

const ofBareRows: Comparison = { limit: bareRows, column: 'requestsPerSecond', label: '(b)' }
const ofBareBatches: Comparison = { limit: bareBatches, column: 'requestsPerSecond', label: '(c)' }
const overCommit: Comparison = { limit: oneCommit, column: 'p50Ms', label: '(d)' }

export const postgresComparisons: Comparisons = {
  'single add': ofBareRows,
  'single add, half known': ofBareRows,
  'mark handled': ofBareRows,
  'get request': { ...ofEchoGet, label: '(a)' },
  prolong: ofBareRows,
  'drain, 8 clients': ofBareRows,
  'batch add of 25': ofBareBatches,
  'head/lock of 25': ofBareBatches,
  'single add, lone client': overCommit,
  'get request, lone client': { limit: roundTrip, column: 'p50Ms', label: '(e)' },
  'mark handled, lone client': overCommit,
  'batch add of 25, lone client': overCommit,
  'head/lock of 25, lone client': overCommit,
}
