import { setFlagsFromString } from 'node:v8'
import type { StoreChoice } from '../app/config/store-choice.ts'

/**
 * How V8 uses memory, for a process that is a server and nothing else. The flags that the program is started with keep it
 * small, which the embedded store needs beside its caches. On PostgreSQL, calls wait a round trip or two while what they
 * brought grows old, and a heap kept small is collected all the time: two fifths of the processor time of batch adds.
 */
export function tuneMemory(store: StoreChoice): void {
  if (store.kind === 'postgres') setFlagsFromString('--heap-growing-percent=0')
}
