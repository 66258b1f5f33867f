import type { Millis } from '../../domain/time.ts'
import type { StepSecs } from '../series/figure-columns.ts'
import type { QueueParams } from './queues.ts'

export interface GetFigures extends QueueParams {
  readonly stepSecs: StepSecs
  /** How many steps, the newest one last. */
  readonly stepCount: number
}

/** What was done in each step, and how many requests were pending and locked at its end (14.8). */
export interface Series {
  readonly added: readonly number[]
  readonly handedOut: readonly number[]
  readonly handled: readonly number[]
  readonly givenBack: readonly number[]
  readonly ranOut: readonly number[]
  readonly failed: readonly number[]
  readonly pending: readonly number[]
  readonly locked: readonly number[]
}

export interface QueueFigures {
  readonly queueId: string
  /** When the first step begins. */
  readonly from: Millis
  readonly stepSecs: StepSecs
  readonly series: Series
  /** How it is at this moment. */
  readonly now: {
    readonly totalCount: number
    readonly handledCount: number
    readonly lockedCount: number
  }
}
