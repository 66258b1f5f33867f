/** So long no step of a round of faults lasts, unless something hangs. */
const hangsAfterMs = 60_000

/**
 * What the step comes to. Where it hangs, it rejects: with the name of the step, and with what the caller knows of the
 * state of things then.
 *
 * @param doing for the message
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
