import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

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
