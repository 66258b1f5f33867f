import { ManualClock } from '../src/store/clock.ts'

/** A clock that moves only on request, and knows what a store on it remembers. */
export class TestClock extends ManualClock {
  /** Whether the wall clock was set. A store goes on from the latest time that it has shown, also on a cleared store. */
  wasSet = false

  override jump(ms: number): void {
    this.wasSet = true
    super.jump(ms)
  }
}
