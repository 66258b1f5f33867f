import { longestHostLength, withoutFinalDot } from './host-names.ts'

/**
 * Finds the first of many entries whose host patterns match a name. It looks up the name and what follows
 * each of its dots, so the number of entries does not matter.
 */
export class HostMatcher {
  readonly #names = new Map<string, number>()
  /** By what follows `*.`. */
  readonly #below = new Map<string, number>()
  #all: number | null = null

  /** Entries have to be added in their order, which the index tells. */
  add(patterns: readonly string[], index: number): void {
    for (const pattern of patterns) {
      if (pattern === '*') this.#all ??= index
      else if (pattern.startsWith('*.')) addFirst(this.#below, pattern.slice(2), index)
      else addFirst(this.#names, pattern, index)
    }
  }

  /** The lowest index whose patterns match the name. Null if none does. */
  indexOf(host: string): number | null {
    const name = withoutFinalDot(host)
    let found = lower(this.#all, this.#names.get(name))
    if (this.#below.size === 0) return found
    found = lower(found, this.#below.get(name))
    // No pattern is longer, so most of an absurdly long name need not be looked at.
    let dot = name.indexOf('.', Math.max(0, name.length - longestHostLength - 1))
    for (; dot !== -1; dot = name.indexOf('.', dot + 1)) {
      found = lower(found, this.#below.get(name.slice(dot + 1)))
    }
    return found
  }
}

function addFirst(indexes: Map<string, number>, name: string, index: number): void {
  if (!indexes.has(name)) indexes.set(name, index)
}

function lower(one: number | null, other: number | undefined): number | null {
  if (other === undefined) return one
  return one === null || other < one ? other : one
}
