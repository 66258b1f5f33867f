/**
 * Values in a row, without objects around them. V8 copies such a list to another thread in half the time that it
 * takes for objects, because it neither writes nor reads the names of their fields.
 */
export type FlatList = unknown[]

/** Reads the values of a list in their order. Whoever reads knows what was written. */
export class FlatReader {
  readonly #list: readonly unknown[]
  #position = 0

  constructor(list: readonly unknown[]) {
    this.#list = list
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#list.length
  }

  next<Value>(): Value {
    return this.#list[this.#position++] as Value
  }
}

/** All fields, also those that may be missing. So a new field of a call cannot be forgotten on its way. */
export type Complete<Fields> = { readonly [Name in keyof Required<Fields>]: Fields[Name] }
