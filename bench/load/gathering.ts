/** With fewer connections, hardly any further answers are to be expected, so waiting is useless. */
const connectionsMin = 16
/** A turn of the event loop with this many answers has gathered enough. */
const answersMin = 16
/** The system sleeps for about 0.15 ms when asked for this. */
const sleepMs = 0.1

/**
 * Lets answers gather when few arrive at a time. A wake-up for each single answer would cost the load one or
 * two microseconds a call, more on a virtual machine, and the server that wakes it a little less. With many
 * calls under way the server has other work meanwhile. Longer sleeps would save more, but they would make the
 * server look faster than other load generators find it.
 */
export class Gathering {
  readonly #isOn: boolean
  readonly #cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  #answers = 0
  readonly #turnEnded = () => {
    if (this.#answers < answersMin) Atomics.wait(this.#cell, 0, 0, sleepMs)
    this.#answers = 0
  }

  /** @param isPaced a load at a steady pace measures how long calls take, so it does not wait */
  constructor(connections: number, isPaced: boolean) {
    this.#isOn = connections >= connectionsMin && !isPaced
  }

  /** Must be called for each answer. */
  answered(): void {
    if (this.#isOn && this.#answers++ === 0) setImmediate(this.#turnEnded)
  }
}
