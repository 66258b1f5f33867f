import { endAllProcesses } from './child.ts'

interface Closable {
  close(): Promise<void>
}

const signals = ['SIGINT', 'SIGTERM'] as const
const exitCodes = { SIGINT: 130, SIGTERM: 143 }

const open = new Set<Closable>()
let ending: Promise<void> | undefined

/** Notes that it has to be closed, also when the benchmark is interrupted. `close` has to follow. */
export function noted<Noted extends Closable>(closable: Noted): Noted {
  open.add(closable)
  return closable
}

/** Closes what was noted. */
export async function close(closable: Closable): Promise<void> {
  await closable.close()
  open.delete(closable)
}

/**
 * From now on Ctrl-C ends every process of the benchmark, closes what is open, and then the benchmark. Under npm it arrives
 * twice, from the terminal and from npm: the second one must not end what the first one began.
 */
export function closeWhenInterrupted(): void {
  for (const signal of signals) {
    process.on(signal, () => {
      ending ??= closeAll().finally(() => process.exit(exitCodes[signal]))
    })
  }
}

/** Null unless the benchmark was interrupted: what fails then is no news. It ends the process. */
export function endingAfterInterrupt(): Promise<void> | null {
  return ending ?? null
}

async function closeAll(): Promise<void> {
  // First, so that closing need not wait for servers to finish what they are at: nobody wants it.
  await endAllProcesses()
  await Promise.allSettled([...open].map((closable) => closable.close()))
}
