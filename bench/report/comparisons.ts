import type { Column } from '../rounds/figures.ts'

/** The limit that a workload is compared with in the table. */
export interface Comparison {
  /** The row of the limit. */
  readonly limit: string
  /** For rates the table shows the ratio, for times the difference. */
  readonly column: Column
  /** The name of the limit after the figure. */
  readonly label: string
}

/** By the names of the workloads. Workloads that are missing are not compared. */
export type Comparisons = Readonly<Record<string, Comparison>>

/** The row of limit (a) with the body and the answer of an add: the cost of HTTP and JSON alone. */
export const echoAdd = 'limit (a): bare node:http, add'
/** The same without a body, and with the answer of a get. */
export const echoGet = 'limit (a): bare node:http, get'

/** Rows that are also measured with wrk if it is installed, and the rows for its results. */
export const wrkRows: Readonly<Record<string, string>> = {
  [echoAdd]: `${echoAdd}, by wrk`,
  'single add': 'single add, by wrk',
}

/** The row of limit (b) of the embedded store: the same rows, 500 a transaction, without a server. */
export const sqliteRows = 'limit (b): SQLite alone, rows'
/** The row of limit (c) of the embedded store: no call that waits for the disk can be faster. */
export const fdatasync = 'limit (c): one fdatasync'

const ofEchoAdd: Comparison = { limit: echoAdd, column: 'requestsPerSecond', label: '(a)' }
const ofEchoGet: Comparison = { limit: echoGet, column: 'requestsPerSecond', label: '(a), get' }
/** For calls that move many requests, and requests that take several calls. */
const ofEchoCalls: Comparison = { limit: echoAdd, column: 'callsPerSecond', label: '(a), calls' }
const overFdatasync: Comparison = { limit: fdatasync, column: 'p50Ms', label: '(c)' }

/**
 * For the embedded store. A get by a lone client does not wait for a disk, and the rate at half load is
 * given, so neither is compared.
 */
export const sqliteComparisons: Comparisons = {
  'single add': ofEchoAdd,
  'single add, half known': ofEchoAdd,
  'mark handled': ofEchoAdd,
  'get request': { ...ofEchoGet, label: '(a)' },
  prolong: ofEchoGet,
  'drain, 8 clients': ofEchoAdd,
  'drain, 8 clients, one call each': ofEchoAdd,
  'batch add of 25': { limit: sqliteRows, column: 'requestsPerSecond', label: '(b)' },
  'head/lock of 25': ofEchoCalls,
  'crawl cycle': ofEchoCalls,
  'single add, lone client': overFdatasync,
  'mark handled, lone client': overFdatasync,
  'batch add of 25, lone client': overFdatasync,
  'head/lock of 25, lone client': overFdatasync,
}

/** The row of limit (b) of PostgreSQL: 64 connections, one row in each transaction. */
export const bareRows = 'limit (b): bare client, one row a transaction'
/** The row of limit (c) of PostgreSQL: the same with 25 rows. */
export const bareBatches = 'limit (c): bare client, 25 rows a transaction'
/** The row of limit (d) of PostgreSQL: how long a lone client waits for a small commit. */
export const oneCommit = 'limit (d): one commit, lone connection'
/** The row of limit (e) of PostgreSQL: how long a lone client waits for any answer. */
export const roundTrip = 'limit (e): SELECT 1, lone connection'

const ofBareRows: Comparison = { limit: bareRows, column: 'requestsPerSecond', label: '(b)' }
const ofBareBatches: Comparison = { limit: bareBatches, column: 'requestsPerSecond', label: '(c)' }
const overCommit: Comparison = { limit: oneCommit, column: 'p50Ms', label: '(d)' }

/** For servers on PostgreSQL. */
export const postgresComparisons: Comparisons = {
  'single add': ofBareRows,
  'single add, half known': ofBareRows,
  'mark handled': ofBareRows,
  'get request': { ...ofEchoGet, label: '(a)' },
  prolong: ofBareRows,
  'drain, 8 clients': ofBareRows,
  'batch add of 25': ofBareBatches,
  'head/lock of 25': ofBareBatches,
  'crawl cycle': ofEchoCalls,
  'single add, lone client': overCommit,
  'get request, lone client': { limit: roundTrip, column: 'p50Ms', label: '(e)' },
  'mark handled, lone client': overCommit,
  'batch add of 25, lone client': overCommit,
  'head/lock of 25, lone client': overCommit,
}
