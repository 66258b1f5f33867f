/** Bounds one step of a round of faults. No step takes this long unless something hangs. */
const hangsAfterMs = 60_000

/**
 * Resolves to the result of the step. If the step hangs, it rejects with the name of the step and with the
 * caller's description of the current state.
 *
 * @param doing the name of the step, for the message
 */
export async function within<Result>(
  doing: string,
  step: Promise<Result>,
  stateOfThings: () => string | Promise<string>,
): Promise<Result> {
  const waiting = new AbortController()
  const hangs = new Promise<'hangs'>((resolve) => {
    const timer = setTimeout(() => resolve('hangs'), hangsAfterMs)
    waiting.signal.addEventListener('abort', () => clearTimeout(timer))
  })
  try {
    const first = await Promise.race([step.then((result) => ({ result })), hangs])
    if (first !== 'hangs') return first.result
  } finally {
    waiting.abort()
  }
  throw new Error(`${doing} took longer than ${hangsAfterMs / 1000} s; ${await stateOfThings()}`)
}
