import type { Cost } from './cost.ts'

/** The share of one core above which a load process limits what it measures. */
const loadShareMax = 0.7
/** The share of the machine above which other processes distort the measurement. */
export const othersShareMax = 0.05

/** Why a figure cannot be trusted. */
export interface Disturbance {
  readonly loadWasBusy: boolean
  readonly othersWereBusy: boolean
}

/** Null: no disturbance is known. */
export function disturbanceOf(cost: Cost): Disturbance | null {
  const loadWasBusy = cost.busiestLoadMs / cost.wallMs > loadShareMax
  const othersWereBusy = othersShareOf(cost) > othersShareMax
  return loadWasBusy || othersWereBusy ? { loadWasBusy, othersWereBusy } : null
}

/** The share of the whole machine that others used, from 0 to 1. */
export function othersShareOf(cost: Cost): number {
  return shareOf(cost, cost.othersMs)
}

/** The idle share of the whole machine, which includes waiting for a disk. */
export function idleShareOf(cost: Cost): number {
  return shareOf(cost, cost.idleMs)
}

/** Ranks disturbed measurements: the smaller figure is more trustworthy. */
export function disturbanceSize(cost: Cost): number {
  return Math.max(othersShareOf(cost) / othersShareMax, cost.busiestLoadMs / cost.wallMs / loadShareMax)
}

function shareOf({ othersMs, idleMs, partMs }: Cost, usedMs: number): number {
  const allMs = Object.values(partMs).reduce((sum, partUsedMs) => sum + partUsedMs, othersMs + idleMs)
  return allMs === 0 ? 0 : usedMs / allMs
}
