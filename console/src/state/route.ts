/** The address of the page: it says what is shown, so a reload, a bookmark and the back button work. */
import { consoleRoot } from '../api/roots.ts'
import { useValue, Value } from './value.ts'

export type Route =
  | { readonly page: 'queues'; readonly query: URLSearchParams }
  | { readonly page: 'queue'; readonly queueId: string; readonly query: URLSearchParams }
  | { readonly page: 'server'; readonly query: URLSearchParams }
  | { readonly page: 'unknown'; readonly query: URLSearchParams }

const route = new Value<Route>(routeOf(location.href))
addEventListener('popstate', () => route.set(routeOf(location.href)))

export function useRoute(): Route {
  return useValue(route)
}

/** An address of the console. @param way `queues/ID`, for example; empty for the list of queues */
export function hrefOf(way: string): string {
  return consoleRoot + way
}

/** Shows another page. @param replaces whether the back button skips the present one */
export function go(way: string, replaces = false): void {
  const href = hrefOf(way)
  if (href === location.href) return
  if (replaces) history.replaceState(null, '', href)
  else history.pushState(null, '', href)
  route.set(routeOf(href))
  if (!replaces) scrollTo(0, 0)
}

/** Changes some values in the query of the present page. Null or an empty text removes one. */
export function setQuery(values: Readonly<Record<string, string | null>>, replaces = true): void {
  const url = new URL(location.href)
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === '') url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  const top = scrollY
  go(url.href.slice(consoleRoot.length), replaces)
  if (!replaces) scrollTo(0, top)
}

/** Lets plain clicks on links of the console change the page without loading it. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element).closest('a')
    if (link === null || link.target !== '' || !link.href.startsWith(consoleRoot)) return
    event.preventDefault()
    go(link.href.slice(consoleRoot.length))
  })
}

export function queueWay(queueId: string, query = ''): string {
  return `queues/${encodeURIComponent(queueId)}${query}`
}

function routeOf(href: string): Route {
  const url = new URL(href)
  const query = url.searchParams
  const parts = `${url.origin}${url.pathname}`
    .slice(consoleRoot.length)
    .split('/')
    .filter((part) => part !== '')
  const [first, second] = parts
  if (first === undefined) return { page: 'queues', query }
  if (first === 'queues' && second === undefined) return { page: 'queues', query }
  if (first === 'queues' && parts.length === 2) return { page: 'queue', queueId: decoded(second!), query }
  if (first === 'server' && parts.length === 1) return { page: 'server', query }
  return { page: 'unknown', query }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
