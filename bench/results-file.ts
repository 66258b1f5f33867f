import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import {
  bareBatches,
  bareRows,
  echoAdd,
  echoGet,
  fdatasync,
  oneCommit,
  roundTrip,
  sqliteRows,
} from './comparisons.ts'
import type { Column, Figure, Figures } from './report.ts'

/** What the files call the limits, whose rows in the tables are named for people, and which of their columns that is. */
const limitNames: Readonly<Record<string, { readonly name: string; readonly column: Column }>> = {
  [echoAdd]: { name: 'echoCallsPerSecond', column: 'callsPerSecond' },
  [echoGet]: { name: 'echoGetCallsPerSecond', column: 'callsPerSecond' },
  [sqliteRows]: { name: 'storeRowsPerSecond', column: 'requestsPerSecond' },
  [fdatasync]: { name: 'fdatasyncMs', column: 'p50Ms' },
  [bareRows]: { name: 'bareRowsPerSecond', column: 'requestsPerSecond' },
  [bareBatches]: { name: 'bareBatchRowsPerSecond', column: 'requestsPerSecond' },
  [oneCommit]: { name: 'commitMs', column: 'p50Ms' },
  [roundTrip]: { name: 'roundTripMs', column: 'p50Ms' },
}

/** The limits by the names that they have in the files: `{ "echoCallsPerSecond": { "median": …, "rounds": […] } }`. */
export function namedLimits(limits: Readonly<Record<string, Figures>>): Record<string, Figure> {
  const named = Object.entries(limits).map(([row, figures]) => {
    const { name, column } = limitNames[row]!
    return [name, figures[column]!]
  })
  return Object.fromEntries(named)
}

/** Writes a file beside this one: where and how it was measured, then the results. */
export function saveResults(file: string, serverFlags: readonly string[], results: object): void {
  const content = { date: new Date().toISOString(), machine: machineFacts(), serverFlags, ...results }
  writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(content, null, 2)}\n`)
}

function machineFacts() {
  return {
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model ?? null,
    memoryMegabytes: Math.round(totalmem() / 1e6),
    platform: `${process.platform} ${process.arch}`,
    nodeVersion: process.version,
  }
}
