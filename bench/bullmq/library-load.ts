import { type PreparedLoad, workersOf } from '../load/answer-loads.ts'
import type { Measurement } from '../load/measurement.ts'
import type { ShareOptions } from '../load/messages.ts'
import { Numbers } from '../load/numbers.ts'

/**
 * Makes one operation with the library, and resolves when it was answered. Returns how many requests or jobs
 * it has moved; null when nothing is left to do.
 */
export type Operation = () => Promise<number | null>

/** What a library has opened for one load. */
export interface OpenLibrary {
  /** The operation of one of the loops. Those of one client share what it has locked. */
  operationFor(client: number): Operation
  close(): Promise<void>
}

/** A load whose calls are made by a library, in as many loops as the load has connections. */
export async function libraryLoad(
  ask: ShareOptions,
  open: (ask: ShareOptions, newNumbers: Numbers) => Promise<OpenLibrary>,
): Promise<PreparedLoad> {
  const newNumbers = new Numbers(ask.firstNewNumber + ask.share.rest, ask.share.of)
  const library = await open(ask, newNumbers)
  const operations = workersOf(ask).map((worker) => library.operationFor(worker % ask.clients))
  return {
    run: async (measurement) => {
      await Promise.all(operations.map((operation) => repeat(operation, measurement)))
    },
    nextNewNumber: () => newNumbers.upcoming,
    close: () => library.close(),
  }
}

/** Repeats the operation until the measurement is over, or nothing is left to do. */
export async function repeat(operation: Operation, measurement: Measurement): Promise<void> {
  let calledAtMs = performance.now()
  while (!measurement.isOver(calledAtMs)) {
    const moved = await operation()
    const nowMs = performance.now()
    if (moved === null) {
      measurement.ranDry(nowMs)
      return
    }
    measurement.answered(nowMs, calledAtMs)
    measurement.moved(nowMs, moved)
    calledAtMs = nowMs
  }
}
