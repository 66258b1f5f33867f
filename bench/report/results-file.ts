import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

/** Writes the results to a file in the folder of the benchmark, with the machine and the settings. */
export function saveResults(file: string, serverFlags: readonly string[], results: object): void {
  const content = { date: new Date().toISOString(), machine: machineFacts(), serverFlags, ...results }
  writeFileSync(new URL(`../${file}`, import.meta.url), `${JSON.stringify(content, null, 2)}\n`)
}

/** The heading of a report of `npm run bench` with these arguments. */
export function headingOf(args: readonly string[]): string {
  const quoted = args.map((arg) => (/^[\w.~/-]+$/.test(arg) ? arg : `'${arg}'`))
  return headingFor(['npm run bench', ...(args.length === 0 ? [] : ['--', ...quoted])].join(' '))
}

/** The heading of a report: when, where and by which command it was measured. */
export function headingFor(command: string): string {
  const { cpus: cores, cpuModel, memoryMegabytes, platform, nodeVersion } = machineFacts()
  const date = new Date().toISOString().slice(0, 10)
  return [
    `# \`${command}\`, ${date}`,
    '',
    `${cores} cores (${cpuModel ?? 'unknown'}), ${Math.round(memoryMegabytes / 1000)} GB, ${platform}, Node.js ` +
      `${nodeVersion}. Server, store and load share them.`,
  ].join('\n')
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
