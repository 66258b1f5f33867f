import type { Store } from '../src/store/store.ts'

/** One store made of several handles to the same data: each call goes to the next handle. */
export function spread(ways: readonly Store[], close: () => Promise<void>): Store {
  let turn = 0
  const methods = Object.keys(ways[0]!).map((name) => {
    const method = name as keyof Store
    return [method, (params: never) => ways[turn++ % ways.length]![method](params)]
  })
  // Each method calls the method of the same name.
  return { ...(Object.fromEntries(methods) as Store), close }
}
