import type { RawQuery } from '../validation/query.ts'

/**
 * Reads a query without `%` and `+`, so that nothing has to be decoded, as Fastify's parser reads it: an empty name needs a `=`, and a
 * parameter that is given several times is a list.
 */
export function plainQueryOf(text: string): RawQuery {
  const query = Object.create(null) as Record<string, string | string[]>
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('&', start)
    const end = found === -1 ? text.length : found
    const equals = text.indexOf('=', start)
    const nameEnd = equals === -1 || equals > end ? end : equals
    if (nameEnd > start || nameEnd < end) {
      const name = text.slice(start, nameEnd)
      const value = text.slice(nameEnd + 1, end)
      const before = query[name]
      if (before === undefined) query[name] = value
      else if (typeof before === 'string') query[name] = [before, value]
      else before.push(value)
    }
    start = end + 1
  }
  return query
}
