import type { Millis } from '../../domain/time.ts'
import type { StepSecs } from '../series/figure-columns.ts'
import type { QueueParams } from './queues.ts'

export interface FigureSteps {
  readonly stepSecs: StepSecs
  /** How many steps, the newest one last. */
  readonly stepCount: number
}

export interface GetFigures extends QueueParams, FigureSteps {}

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

export interface Figures {
  /** When the first step begins. */
  readonly from: Millis
  readonly stepSecs: StepSecs
  readonly series: Series
}

export interface QueueFigures extends Figures {
  readonly queueId: string
  /** How it is at this moment. */
  readonly now: {
    readonly totalCount: number
    readonly handledCount: number
    readonly lockedCount: number
  }
}
