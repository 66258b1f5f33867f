import type { Caller } from './callers/caller.ts'
import type { Connection } from './connection.ts'
import { Gathering } from './gathering.ts'
import type { Measurement } from './measurement.ts'
import type { Pace } from './pace.ts'

/** One connection, and what it has under way. */
interface QueueBatcher {
  readonly connection: Connection
  readonly caller: Caller
  /** From when the call under way counts. */
  calledAtMs: number
  sentAtMs: number
}

/**
 * Has each caller make its next call on its connection when the last one was answered: a closed loop. Resolves when the
 * measurement is over, or nothing is left to do, and all calls are answered; rejects with the first failure.
 *
 * @param callers one for each connection
 * @param pace null: as fast as answers come
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
  /** Those that wait for their turn. */
  #idle: QueueBatcher[] = []
  #timer: NodeJS.Timeout | undefined
  #lanesLeft: number
  #isFinished = false

  constructor(
    measurement: Measurement,
    pace: Pace | null,
    lanes: number,
    finished: (error: Error | null) => void,
  ) {
    this.#measurement = measurement
    this.#pace = pace
    this.#gathering = new Gathering(lanes, pace !== null)
    this.#lanesLeft = lanes
    this.#finished = finished
  }

  start(connections: readonly Connection[], callers: readonly Caller[]): void {
    const lanes = connections.map((connection, index): QueueBatcher => {
      const lane = { connection, caller: callers[index]!, calledAtMs: 0, sentAtMs: 0 }
      lane.caller.resume = () => this.#goOn(lane, performance.now())
      return lane
    })
    for (const lane of lanes) {
      lane.connection.listen({
        answered: () => this.#answered(lane),
        failed: (error) => this.#finish(error),
      })
    }
    const nowMs = performance.now()
    for (const lane of lanes) this.#goOn(lane, nowMs)
  }

  #answered(lane: QueueBatcher): void {
    if (this.#isFinished) return
    this.#gathering.answered()
    const nowMs = performance.now()
    this.#measurement.answered(nowMs, lane.calledAtMs, lane.sentAtMs)
    const { caller } = lane
    const { status, body } = lane.connection.scanner
    if (status !== caller.status && status !== 200) {
      this.#finish(new Error(`Expected status ${caller.status}, got ${status}: ${body.toString()}`))
      return
    }
    const requests = caller.answered(body)
    if (requests > 0) this.#measurement.moved(nowMs, requests)
    this.#goOn(lane, nowMs)
  }

  /** Has the lane make its next call, now or in its turn. */
  #goOn(lane: QueueBatcher, nowMs: number): void {
    if (this.#measurement.isOver(nowMs)) {
      this.#laneEnded()
    } else if (this.#pace === null) {
      this.#send(lane, nowMs, nowMs)
    } else {
      this.#serveDue(this.#pace, nowMs)
      // Nobody was free at its turn: those who were have been served.
      if (this.#pace.dueAtMs <= nowMs) this.#send(lane, this.#pace.take(nowMs, false), nowMs)
      else this.#rest(this.#pace, lane, nowMs)
    }
  }

  #send(lane: QueueBatcher, calledAtMs: number, nowMs: number): void {
    const { caller } = lane
    const message = caller.next()
    if (message === null) {
      if (caller.isWaiting) return
      this.#measurement.ranDry(nowMs)
      this.#laneEnded()
      return
    }
    lane.calledAtMs = calledAtMs
    lane.sentAtMs = nowMs
    lane.connection.send(message, caller.needsBody)
  }

  #rest(pace: Pace, lane: QueueBatcher, nowMs: number): void {
    this.#idle.push(lane)
    this.#timer ??= setTimeout(() => this.#turnCame(pace), pace.dueAtMs - nowMs)
  }

  #turnCame(pace: Pace): void {
    this.#timer = undefined
    const nowMs = performance.now()
    if (this.#measurement.isOver(nowMs)) {
      for (const _ of this.#idle.splice(0)) this.#laneEnded()
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

  #laneEnded(): void {
    this.#lanesLeft--
    if (this.#lanesLeft === 0) this.#finish(null)
  }

  #finish(error: Error | null): void {
    if (this.#isFinished) return
    this.#isFinished = true
    clearTimeout(this.#timer)
    this.#finished(error)
  }
}
