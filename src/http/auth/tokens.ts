import type { Caller } from '../../domain/caller.ts'
import { tokenHashOf } from '../../domain/token.ts'
import type { Store } from '../../store/store.ts'

/** A token that was revoked stops working after this long at most. */
const rememberedMs = 1000
/** More tokens in one second than anybody has; it only bounds the memory. */
const rememberedTokensMax = 10_000

/** Which tokens are valid: asks the store, and remembers its answer for a moment. */
export class Tokens {
  readonly #store: Pick<Store, 'findCaller'>
  readonly #now: () => number
  readonly #remembered = new Map<string, { readonly caller: Caller; readonly askedAt: number }>()

  /** @param now milliseconds from any beginning */
  constructor(store: Pick<Store, 'findCaller'>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** What was found a moment ago; null when the store has to be asked. */
  remembered(token: string): Caller | null {
    const entry = this.#remembered.get(token)
    if (entry === undefined) return null
    const age = this.#now() - entry.askedAt
    // Below zero: somebody set the clock back, and nobody knows how old it is.
    return age >= 0 && age < rememberedMs ? entry.caller : null
  }

  async find(token: string): Promise<Caller | null> {
    const askedAt = this.#now()
    const caller = await this.#store.findCaller({ tokenHash: tokenHashOf(token) })
    if (caller !== null) {
      if (this.#remembered.size >= rememberedTokensMax) this.#remembered.clear()
      this.#remembered.set(token, { caller, askedAt })
    }
    return caller
  }
}
