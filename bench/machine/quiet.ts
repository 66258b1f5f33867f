import { setTimeout as sleep } from 'node:timers/promises'
import { othersShareMax } from './disturbance.ts'
import type { MachineTimes } from './proc-text.ts'

const lookMs = 300
const waitMsMax = 6000

/** What is needed to see whether the machine is quiet. */
export interface MachineWatch {
  times(): MachineTimes
  pass(waitMs: number): Promise<unknown>
}

/**
 * Resolves when the machine was nearly idle for a moment, or after six seconds. A measurement right after
 * another process was busy would be disturbed again.
 */
export async function untilQuiet({ times, pass }: MachineWatch): Promise<void> {
  let before = times()
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += lookMs) {
    await pass(lookMs)
    const after = times()
    const busyMs = after.busyMs - before.busyMs
    const idleMs = after.idleMs - before.idleMs
    if (busyMs / Math.max(1, busyMs + idleMs) <= othersShareMax) return
    before = after
  }
}

/** The watch of the real machine in real time. */
export function watchOf(proc: { machine(): MachineTimes }): MachineWatch {
  return { times: () => proc.machine(), pass: sleep }
}
