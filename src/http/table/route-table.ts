import type { IncomingMessage } from 'node:http'
import type { Route } from '../api/route.ts'
import { notRequestIds } from '../errors/not-found.ts'
import { plainQueryOf } from './plain-query.ts'
import { TableCall, type TableParts, TableRoute } from './table-route.ts'

interface Entry {
  readonly pattern: RegExp
  /** In the order of the path. */
  readonly names: readonly string[]
  readonly route: TableRoute
}

/** The content types of plain calls. Fastify reads all others. */
const plainTypes: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8'])

/**
 * Serves plain calls of the hot routes without Fastify. All others are left to Fastify, which has the same routes: paths and queries with
 * anything to decode, a slash at the end, other content types, and calls that arrive while the server closes. Both ways give the same
 * answers (test/http/route-table.test.ts; decision 0011).
 */
export class RouteTable {
  readonly #parts: TableParts
  readonly #entries = new Map<string, Entry[]>()
  #isClosed = false

  constructor(parts: TableParts) {
    this.#parts = parts
  }

  add(route: Route): void {
    const { method, path } = route
    const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
    const pattern = new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`)
    const entries = this.#entries.get(method) ?? []
    this.#entries.set(method, [...entries, { pattern, names, route: new TableRoute(route, this.#parts) }])
  }

  /** From now on, Fastify takes all calls, because it closes their connections. */
  close(): void {
    this.#isClosed = true
  }

  /** Takes a plain call of a route of the table. @returns false: the call is left to Fastify, untouched */
  take(message: IncomingMessage): boolean {
    const { method, headers } = message
    const url = message.url!
    const entries = this.#entries.get(method!)
    if (entries === undefined || this.#isClosed || !isPlain(url)) return false
    const type = headers['content-type']
    if (type !== undefined && !plainTypes.has(type)) return false
    const queryStart = url.indexOf('?')
    const path = queryStart === -1 ? url : url.slice(0, queryStart)
    for (const { pattern, names, route } of entries) {
      const found = pattern.exec(path)
      if (found === null) continue
      const params: Record<string, string> = {}
      for (let index = 0; index < names.length; index++) params[names[index]!] = found[index + 1]!
      if (params['requestId'] !== undefined && Object.hasOwn(notRequestIds, params['requestId'])) return false
      route.take(
        new TableCall(message, params, queryStart === -1 ? {} : plainQueryOf(url.slice(queryStart + 1))),
      )
      return true
    }
    return false
  }
}

/** Whether the URL needs no decoding. */
function isPlain(url: string): boolean {
  return !/[%+#]/.test(url)
}
