import { type FigureShare, figureMemory } from '../../figures/figures.ts'

/** The shared memory in which the threads of a server count, and the part of each thread. */
export class FigureShares {
  readonly memory: SharedArrayBuffer
  /** The part of the main thread, which also answers calls when there are no HTTP threads. */
  readonly main: FigureShare
  readonly storage: FigureShare

  /** @param httpThreads the number of HTTP threads, without the main thread */
  constructor(httpThreads: number) {
    this.memory = figureMemory(httpThreads + 2)
    this.main = { memory: this.memory, thread: 0 }
    this.storage = { memory: this.memory, thread: 1 }
  }

  /** @param index from 0 */
  http(index: number): FigureShare {
    return { memory: this.memory, thread: index + 2 }
  }
}
