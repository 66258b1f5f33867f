import type { Ending } from '../../harness/server-process.ts'

/** Does the work, then everything that was to be done after it, the last one first, however the work came out. */
export async function ended(work: (ending: Ending) => Promise<void>): Promise<void> {
  const steps: (() => void | Promise<void>)[] = []
  try {
    await work({ after: (step) => void steps.push(step) })
  } finally {
    for (const step of steps.reverse()) await step()
  }
}
