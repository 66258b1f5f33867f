import { endAllProcesses } from './child.ts'

interface Closable {
  close(): Promise<void>
}

const signals = ['SIGINT', 'SIGTERM'] as const
const exitCodes = { SIGINT: 130, SIGTERM: 143 }

const open = new Set<Closable>()
let ending: Promise<void> | undefined

/** Registers something to close, also when the benchmark is interrupted. `close` must follow. */
export function noted<Noted extends Closable>(closable: Noted): Noted {
  open.add(closable)
  return closable
}

/** Closes what was registered. */
export async function close(closable: Closable): Promise<void> {
  await closable.close()
  open.delete(closable)
}

/**
 * From now on, Ctrl-C ends every child process, closes everything registered, and then ends the benchmark.
 * Under npm the signal arrives twice, from the terminal and from npm. The second one must not interrupt the
 * cleanup.
 */
export function closeWhenInterrupted(): void {
  for (const signal of signals) {
    process.on(signal, () => {
      ending ??= closeAll().finally(() => process.exit(exitCodes[signal]))
    })
  }
}

/**
 * Null unless the benchmark was interrupted. Failures after an interrupt are not reported. The promise ends
 * the process.
 */
export function endingAfterInterrupt(): Promise<void> | null {
  return ending ?? null
}

async function closeAll(): Promise<void> {
  // Ends the processes first, because closing would otherwise wait until servers have finished their work.
  await endAllProcesses()
  await Promise.allSettled([...open].map((closable) => closable.close()))
}
