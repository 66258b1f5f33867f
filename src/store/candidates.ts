type Later<Value> = Promise<Value> | Value

export interface Scanned {
  /** Ascending. */
  readonly ids: readonly string[]
  /** The last ID that was scanned. Null if there are no more. */
  readonly lastId: string | null
}

/** Where the IDs of candidates come from. Each method is one step. */
export interface CandidateSource {
  /** The IDs of all candidates, in any order. Null if they are too many. */
  collect(): Later<readonly string[] | null>
  /** Scans some IDs after this one, and returns those of candidates. */
  scan(afterId: string): Later<Scanned>
}

/**
 * The IDs of requests that a list may show, ascending. Finding a few among millions must not cost a scan of all of
 * them, so they are collected if they are few.
 */
export class Candidates {
  readonly #source: CandidateSource
  #ids: readonly string[] = []
  /** Where the next scan begins. Null if all remaining IDs are in `#ids`. */
  #scanAfter: string | null
  #passedId: string
  /** What the last call of `next` returned. */
  #given: readonly string[] = []
  #hasCollected = false

  constructor(source: CandidateSource, afterId: string) {
    this.#source = source
    this.#scanAfter = afterId
    this.#passedId = afterId
  }

  /** Whether there are no more. */
  get isAtEnd(): boolean {
    return this.#hasCollected && this.#ids.length === 0 && this.#scanAfter === null
  }

  /** All candidates that are left come after this ID. */
  get passedId(): string {
    if (this.#ids.length === 0 && this.#scanAfter !== null) return this.#scanAfter
    return this.#given.at(-1) ?? this.#passedId
  }

  /** The next IDs, at most `most`. It takes a step at most, and may find none although there are more. */
  async next(most: number): Promise<readonly string[]> {
    this.#passedId = this.passedId
    if (!this.#hasCollected) await this.#collect()
    if (this.#ids.length === 0 && this.#scanAfter !== null) {
      const { ids, lastId } = await this.#source.scan(this.#scanAfter)
      this.#ids = ids
      this.#scanAfter = lastId
    }
    this.#given = this.#ids.slice(0, most)
    this.#ids = this.#ids.slice(this.#given.length)
    return this.#given
  }

  /** @param ids the last ones of those that `next` returned, if not all of them */
  putBack(ids: readonly string[]): void {
    if (ids.length === 0) return
    this.#ids = [...ids, ...this.#ids]
    this.#given = this.#given.slice(0, -ids.length)
  }

  async #collect(): Promise<void> {
    this.#hasCollected = true
    const collected = await this.#source.collect()
    if (collected === null) return
    const afterId = this.#scanAfter!
    this.#ids = collected.filter((id) => id > afterId).sort()
    this.#scanAfter = null
  }
}
