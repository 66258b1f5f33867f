import { setTimeout as wait } from 'node:timers/promises'
import type { Closer } from '../src/app/closer.ts'
import type { Millis } from '../src/domain/time.ts'

/** How often the state of the queue is read. */
const lookEveryMs: Millis = 250

/**
 * Looks again and again until it is stopped, and then once more. The closer stops it too.
 *
 * @param onTrouble called when a look fails
 */
export function watchAgainAndAgain(
  look: () => Promise<void>,
  closer: Closer,
  onTrouble: (error: unknown) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await look()
      await wait(lookEveryMs, undefined, { signal: stopping.signal }).catch(noop)
    }
  })()
  watching.catch((error: unknown) => {
    if (!stopping.signal.aborted) onTrouble(error)
  })
  closer.add('the progress', () => {
    stopping.abort()
    return watching.catch(noop)
  })
  return {
    stop: async () => {
      stopping.abort()
      await watching
      await look()
    },
  }
}

function noop(): void {}
