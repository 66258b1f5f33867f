/** Few connections would wait for nothing: hardly any more answers are to be expected. */
const connectionsMin = 16
/** A turn of the event loop that had so many has gathered enough. */
const answersMin = 16
/** The system makes some 0.15 ms of it. */
const sleepMs = 0.1

/**
 * Lets answers gather when few come at a time. To be woken for each one alone costs the load a microsecond or two a call, on a
 * virtual machine more, and the server that wakes it somewhat less. With many calls under way the server has others to
 * do meanwhile. Longer sleeps would save more, and make the server look faster than other loads find it.
 */
export class Gathering {
  readonly #isOn: boolean
  readonly #cell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  #answers = 0
  readonly #turnEnded = () => {
    if (this.#answers < answersMin) Atomics.wait(this.#cell, 0, 0, sleepMs)
    this.#answers = 0
  }

  /** @param isPaced a load at a steady pace is there to see how long calls take: it waits for nothing */
  constructor(connections: number, isPaced: boolean) {
    this.#isOn = connections >= connectionsMin && !isPaced
  }

  /** Has to be told of each answer. */
  answered(): void {
    if (this.#isOn && this.#answers++ === 0) setImmediate(this.#turnEnded)
  }
}
