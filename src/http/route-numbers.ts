import { routesMax } from '../figures/catalogue.ts'
import type { CountedRoute } from '../figures/read.ts'

/** The number of calls that no route took: unknown paths, and refusals before the router. */
export const noRouteNumber = 0

/**
 * Numbers the routes, so that calls can be counted by them in memory that all threads share. Each thread adds the same routes in
 * the same order, so they have the same numbers everywhere.
 */
export class RouteNumbers {
  readonly routes: CountedRoute[] = [{ method: 'any', route: 'none' }]

  /** The number of a route. The same method and path always get the same one. */
  of(methods: string | readonly string[], path: string): number {
    const method = [methods].flat().join(' ')
    const route = path.replace(/:(\w+)/g, '{$1}')
    const known = this.routes.findIndex((each) => each.method === method && each.route === route)
    if (known !== -1) return known
    if (this.routes.length === routesMax)
      throw new Error('more routes than `routesMax` of src/figures/catalogue.ts')
    return this.routes.push({ method, route }) - 1
  }
}
