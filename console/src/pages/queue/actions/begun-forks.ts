/** The forks that were made here, by their new queues, until somebody has seen enough of them. */
import { useValue, Value } from '../../../state/value.ts'

const forks = new Value<ReadonlyMap<string, string>>(new Map())

/** @param name of the new queue */
export function noteFork(queueId: string, name: string): void {
  forks.set(new Map([...forks.get(), [queueId, name]]))
}

export function dismissFork(queueId: string): void {
  forks.set(new Map([...forks.get()].filter(([id]) => id !== queueId)))
}

/** The names of their queues, by the IDs. */
export function useBegunForks(): ReadonlyMap<string, string> {
  return useValue(forks)
}
