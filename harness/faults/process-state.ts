import { readdirSync, readFileSync } from 'node:fs'

/**
 * Each thread of a process: its name, its state (R runs, S sleeps, D waits for the disk, t is stopped by a tracer), and
 * the number of the system call that it is in; and who traces it. On Linux alone.
 */
export function processState(processId: number): string {
  const directory = `/proc/${processId}`
  try {
    const threads = readdirSync(`${directory}/task`).map((thread) => {
      const read = (name: string) => readFileSync(`${directory}/task/${thread}/${name}`, 'utf8')
      const [, name, state] = /\((.*)\) (\S)/.exec(read('stat'))!
      return `${name} ${state} ${read('syscall').split(' ', 1)[0]!.trim()}`
    })
    const tracer = /TracerPid:\t(\d+)/.exec(readFileSync(`${directory}/status`, 'utf8'))![1]
    return `process ${processId}, traced by ${tracer}: ${threads.join(', ')}`
  } catch {
    return `process ${processId}: gone`
  }
}
