import { getHeapStatistics } from 'node:v8'
import { type FigureShare, Figures } from './figures.ts'

/** How often a thread is measured. A thread that stands still for longer is always noticed. */
const everyMs = 100

/** Measures the thread in which it was made, ten times a second, until it is stopped. */
export class ThreadFigures {
  readonly #timer: NodeJS.Timeout

  /**
   * @param thread which kind of thread this is. The event loops of those that answer calls, `http`, are measured
   * @param more measures what else there is to measure
   */
  constructor(
    share: FigureShare,
    thread: 'main' | 'http' | 'storage',
    more: (figures: Figures) => void = () => {},
  ) {
    const figures = new Figures(share)
    const heapBytes = figures.gauge('heapBytes', { thread })
    const eventLoopDelayMs = thread === 'http' ? figures.histogram('eventLoopDelayMs', {}) : null
    const measure = () => {
      heapBytes.set(getHeapStatistics().used_heap_size)
      more(figures)
    }
    let dueAt = performance.now() + everyMs
    this.#timer = setInterval(() => {
      const now = performance.now()
      eventLoopDelayMs?.observe(Math.max(0, now - dueAt))
      dueAt = now + everyMs
      measure()
    }, everyMs)
    // The timer must not keep a thread alive that has nothing else to do.
    this.#timer.unref()
    measure()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
