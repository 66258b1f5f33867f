import { type FigureShare, Figures, type Histogram } from '../figures/figures.ts'

/** What both stores measure about their transactions. */
export class StoreFigures {
  readonly #transactionCalls: Histogram
  readonly #commitMs: Histogram

  constructor(share: FigureShare | undefined) {
    const figures = new Figures(share)
    this.#transactionCalls = figures.histogram('transactionCalls')
    this.#commitMs = figures.histogram('commitMs')
  }

  /** Counts a committed transaction. */
  committed(callCount: number, commitMs: number): void {
    this.#transactionCalls.observe(callCount)
    this.#commitMs.observe(commitMs)
  }
}
