import assert from 'node:assert/strict'

/** A request as the ledger knows it from answers, and as the server shows it. */
export interface Entry {
  readonly id: string
  readonly uniqueKey: string
  readonly handledAt: string | null
  readonly lock: { readonly clientKey: string; readonly expiresAt: string } | null
}

/**
 * What a server acknowledged, from its answers alone. A call whose answer never came may have happened or not: what
 * it could have changed is in doubt, and either is fine; all the rest must be there exactly.
 */
export class Ledger {
  #entries = new Map<string, Entry>()
  /** Of these more is known than that they were added. */
  readonly #known = new Set<string>()
  #doubtful = new Set<string>()
  /** Client keys of head/lock calls in doubt: such a call may have locked anything that nobody held. */
  #doubtfulLockers = new Set<string>()

  get size(): number {
    return this.#entries.size
  }

  /** It was added. Another client may have it already, whose answer came before that of the one who added it. */
  recordAdded(entry: Entry): void {
    if (!this.#known.has(entry.uniqueKey)) this.#entries.set(entry.uniqueKey, entry)
  }

  /** An acknowledged change; null: it was deleted. */
  record(uniqueKey: string, entry: Entry | null): void {
    this.#known.add(uniqueKey)
    if (entry === null) this.#entries.delete(uniqueKey)
    else this.#entries.set(uniqueKey, entry)
  }

  /** A call about these requests got no answer. */
  doubt(uniqueKeys: readonly string[]): void {
    for (const uniqueKey of uniqueKeys) this.#doubtful.add(uniqueKey)
  }

  doubtLocker(clientKey: string): void {
    this.#doubtfulLockers.add(clientKey)
  }

  /** Compares with what the server has after its crash, and goes on from there. */
  settle(found: readonly Entry[]): void {
    const foundKeys = new Set(found.map((entry) => entry.uniqueKey))
    assert.equal(foundKeys.size, found.length, 'no request is there twice')
    for (const uniqueKey of this.#entries.keys()) {
      assert.ok(
        foundKeys.has(uniqueKey) || this.#doubtful.has(uniqueKey),
        `${uniqueKey} was acknowledged and is lost`,
      )
    }
    for (const entry of found) this.#compare(entry)
    this.#entries = new Map(found.map((entry) => [entry.uniqueKey, entry]))
    this.#doubtful = new Set()
    this.#doubtfulLockers = new Set()
  }

  #compare(found: Entry): void {
    if (this.#doubtful.has(found.uniqueKey)) return
    const known = this.#entries.get(found.uniqueKey)
    assert.ok(known, `${found.uniqueKey} was deleted, or never added, and is there`)
    const lockInDoubt =
      known.lock === null &&
      known.handledAt === null &&
      this.#doubtfulLockers.has(found.lock?.clientKey ?? '')
    assert.deepEqual(lockInDoubt ? { ...found, lock: null } : found, known)
  }
}
