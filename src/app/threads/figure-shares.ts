import { type FigureShare, figureMemory } from '../../figures/figures.ts'

/** The memory in which the threads of a server count, and each thread's part of it. */
export class FigureShares {
  readonly memory: SharedArrayBuffer
  /** Of the thread that starts the others, and answers calls itself where it is the only one. */
  readonly main: FigureShare
  readonly storage: FigureShare

  /** @param httpThreads how many other threads answer calls */
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
