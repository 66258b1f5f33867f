import { useEffect, useState } from 'preact/hooks'

/** A value that several components share. Setting it renders those that use it. */
export class Value<Type> {
  #value: Type
  readonly #listeners = new Set<(value: Type) => void>()

  constructor(value: Type) {
    this.#value = value
  }

  get(): Type {
    return this.#value
  }

  set(value: Type): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of this.#listeners) listener(value)
  }

  /** @returns ends it */
  listen(listener: (value: Type) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export function useValue<Type>(shared: Value<Type>): Type {
  const [value, setValue] = useState(() => shared.get())
  useEffect(() => {
    // It may have changed since the first rendering.
    setValue(() => shared.get())
    return shared.listen((next) => setValue(() => next))
  }, [shared])
  return value
}
