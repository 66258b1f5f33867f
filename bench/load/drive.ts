import type { Caller } from './callers/caller.ts'
import type { Connection } from './connection.ts'
import { Gathering } from './gathering.ts'
import type { Measurement } from './measurement.ts'
import type { Pace } from './pace.ts'

/** One connection and its call under way. */
interface Slot {
  readonly connection: Connection
  readonly caller: Caller
  /** The moment from which the time of the call counts. */
  calledAtMs: number
  sentAtMs: number
}

/**
 * Lets each caller make its next call on its connection when the last one was answered: a closed loop.
 * Resolves when the measurement is over, or nothing is left to do, and all calls are answered. Rejects with
 * the first failure.
 *
 * @param callers one for each connection
 * @param pace null: as fast as answers arrive
 */
export function drive(
  connections: readonly Connection[],
  callers: readonly Caller[],
  measurement: Measurement,
  pace: Pace | null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const driver = new Driver(measurement, pace, connections.length, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
    driver.start(connections, callers)
  })
}

class Driver {
  readonly #measurement: Measurement
  readonly #pace: Pace | null
  readonly #gathering: Gathering
  readonly #finished: (error: Error | null) => void
  /** Connections that wait for their turn. */
  #idle: Slot[] = []
  #timer: NodeJS.Timeout | undefined
  #slotsLeft: number
  #isFinished = false

  constructor(
    measurement: Measurement,
    pace: Pace | null,
    slots: number,
    finished: (error: Error | null) => void,
  ) {
    this.#measurement = measurement
    this.#pace = pace
    this.#gathering = new Gathering(slots, pace !== null)
    this.#slotsLeft = slots
    this.#finished = finished
  }

  start(connections: readonly Connection[], callers: readonly Caller[]): void {
    const slots = connections.map((connection, index): Slot => {
      const slot = { connection, caller: callers[index]!, calledAtMs: 0, sentAtMs: 0 }
      slot.caller.resume = () => this.#goOn(slot, performance.now())
      return slot
    })
    for (const slot of slots) {
      slot.connection.listen({
        answered: () => this.#answered(slot),
        failed: (error) => this.#finish(error),
      })
    }
    const nowMs = performance.now()
    for (const slot of slots) this.#goOn(slot, nowMs)
  }

  #answered(slot: Slot): void {
    if (this.#isFinished) return
    this.#gathering.answered()
    const nowMs = performance.now()
    this.#measurement.answered(nowMs, slot.calledAtMs, slot.sentAtMs)
    const { caller } = slot
    const { status, body } = slot.connection.scanner
    if (status !== caller.status && status !== 200) {
      this.#finish(new Error(`Expected status ${caller.status}, got ${status}: ${body.toString()}`))
      return
    }
    const requests = caller.answered(body)
    if (requests > 0) this.#measurement.moved(nowMs, requests)
    this.#goOn(slot, nowMs)
  }

  /** Makes the next call on the connection, now or in its turn. */
  #goOn(slot: Slot, nowMs: number): void {
    if (this.#measurement.isOver(nowMs)) {
      this.#slotEnded()
    } else if (this.#pace === null) {
      this.#send(slot, nowMs, nowMs)
    } else {
      this.#serveDue(this.#pace, nowMs)
      // No connection was free at its time, because free ones are served first.
      if (this.#pace.dueAtMs <= nowMs) this.#send(slot, this.#pace.take(nowMs, false), nowMs)
      else this.#rest(this.#pace, slot, nowMs)
    }
  }

  #send(slot: Slot, calledAtMs: number, nowMs: number): void {
    const { caller } = slot
    const message = caller.next()
    if (message === null) {
      if (caller.isWaiting) return
      this.#measurement.ranDry(nowMs)
      this.#slotEnded()
      return
    }
    slot.calledAtMs = calledAtMs
    slot.sentAtMs = nowMs
    slot.connection.send(message, caller.needsBody)
  }

  #rest(pace: Pace, slot: Slot, nowMs: number): void {
    this.#idle.push(slot)
    this.#timer ??= setTimeout(() => this.#turnCame(pace), pace.dueAtMs - nowMs)
  }

  #turnCame(pace: Pace): void {
    this.#timer = undefined
    const nowMs = performance.now()
    if (this.#measurement.isOver(nowMs)) {
      for (const _ of this.#idle.splice(0)) this.#slotEnded()
      return
    }
    this.#serveDue(pace, nowMs)
    if (this.#idle.length > 0) {
      this.#timer ??= setTimeout(() => this.#turnCame(pace), pace.dueAtMs - nowMs)
    }
  }

  #serveDue(pace: Pace, nowMs: number): void {
    while (this.#idle.length > 0 && pace.dueAtMs <= nowMs) {
      this.#send(this.#idle.pop()!, pace.take(nowMs, true), nowMs)
    }
  }

  #slotEnded(): void {
    this.#slotsLeft--
    if (this.#slotsLeft === 0) this.#finish(null)
  }

  #finish(error: Error | null): void {
    if (this.#isFinished) return
    this.#isFinished = true
    clearTimeout(this.#timer)
    this.#finished(error)
  }
}
