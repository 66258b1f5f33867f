import { readdirSync, readFileSync } from 'node:fs'

/**
 * The state of each thread of a process: its name, its state (R running, S sleeping, D waiting for the disk,
 * t stopped by a tracer), and the number of its system call. Also the tracer of the process. Linux only.
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
