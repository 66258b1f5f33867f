import type { Ending } from '../../harness/server-process.ts'

/** Runs the work, then all registered cleanups, the last one first, even if the work failed. */
export async function ended(work: (ending: Ending) => Promise<void>): Promise<void> {
  const steps: (() => void | Promise<void>)[] = []
  try {
    await work({ after: (step) => void steps.push(step) })
  } finally {
    for (const step of steps.reverse()) await step()
  }
}
