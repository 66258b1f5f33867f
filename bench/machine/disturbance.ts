import type { Cost } from './cost.ts'

/** A load that is busier than this limits what it measures. Of one core, and of the process that had most to do. */
const loadShareMax = 0.7
/** Others who take more than this of the machine take it from what is measured. */
export const othersShareMax = 0.05

/** Why a figure is not to be trusted. */
export interface Disturbance {
  readonly loadWasBusy: boolean
  readonly othersWereBusy: boolean
}

/** Null: nothing is known to have disturbed it. */
export function disturbanceOf(cost: Cost): Disturbance | null {
  const loadWasBusy = cost.busiestLoadMs / cost.wallMs > loadShareMax
  const othersWereBusy = othersShareOf(cost) > othersShareMax
  return loadWasBusy || othersWereBusy ? { loadWasBusy, othersWereBusy } : null
}

/** What others took of the whole machine, from 0 to 1. */
export function othersShareOf(cost: Cost): number {
  return shareOf(cost, cost.othersMs)
}

/** What nobody used of the whole machine, waiting for a disk among it. */
export function idleShareOf(cost: Cost): number {
  return shareOf(cost, cost.idleMs)
}

/** Of two that were disturbed, the one that can be trusted more has the smaller figure. */
export function disturbanceSize(cost: Cost): number {
  return Math.max(othersShareOf(cost) / othersShareMax, cost.busiestLoadMs / cost.wallMs / loadShareMax)
}

function shareOf({ othersMs, idleMs, partMs }: Cost, usedMs: number): number {
  const allMs = Object.values(partMs).reduce((sum, partUsedMs) => sum + partUsedMs, othersMs + idleMs)
  return allMs === 0 ? 0 : usedMs / allMs
}
