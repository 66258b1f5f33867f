import type { Caller } from '../../domain/caller.ts'
import { tokenHashOf } from '../../domain/token.ts'
import type { Store } from '../../store/store.ts'

/** How long a found token is remembered. A revoked token works for at most this long. */
const rememberedMs = 1000
/** Bounds the memory. Nobody uses this many tokens in one second. */
const rememberedTokensMax = 10_000

/** Finds the owner of a token. Asks the store and remembers its answer for a second. */
export class Tokens {
  readonly #store: Pick<Store, 'findCaller'>
  readonly #now: () => number
  readonly #remembered = new Map<string, { readonly caller: Caller; readonly askedAt: number }>()

  /** @param now milliseconds from any starting point */
  constructor(store: Pick<Store, 'findCaller'>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  /** The owner, if it was found in the last second. Null if the store has to be asked. */
  remembered(token: string): Caller | null {
    const entry = this.#remembered.get(token)
    if (entry === undefined) return null
    const age = this.#now() - entry.askedAt
    // A negative age means that the clock was set back, so the age is unknown.
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
