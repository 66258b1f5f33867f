import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Millis } from '../src/domain/time.ts'
import { crawlerHeader } from './messages.ts'

/** One page of the site. Page 0 is the start page. */
export interface SitePage {
  readonly title: string
  /** The links as the page contains them: some twice, some with a fragment, some back to an earlier page. */
  readonly links: readonly string[]
  /** How long the site takes to answer. */
  readonly delayMs: Millis
}

export interface SiteOptions {
  readonly pages: number
  /** The same seed makes the same site. */
  readonly seed: number
  readonly delayMs: { readonly min: Millis; readonly max: Millis }
}

export interface Site {
  /** The address of the start page. */
  readonly url: string
  close(): Promise<void>
}

const linksPerPage = 10
/** The start page has enough links for every crawler to find work at once. */
const startLinksMin = 30

/** Plans a site in which every page can be reached from the start page. */
export function planSite({ pages, seed, delayMs }: SiteOptions): readonly SitePage[] {
  const random = randomFrom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const targets: number[][] = Array.from({ length: pages }, () => [])

  // A tree first, so that no page is left out: an earlier page links to each page, and the start page links
  // to the first ones.
  const startLinks = Math.min(pages - 1, Math.max(startLinksMin, Math.ceil(pages / 10)))
  for (let page = 1; page < pages; page++) targets[page <= startLinks ? 0 : below(page)]!.push(page)
  for (const links of targets) {
    while (links.length < linksPerPage) links.push(below(pages))
  }

  return targets.map((links, page) => ({
    title: page === 0 ? 'Start page' : `Page ${page}`,
    links: shuffled([...links.map(pathOf), ...decoys(page, links, below)], below),
    delayMs: delayMs.min + below(delayMs.max - delayMs.min + 1),
  }))
}

/**
 * Links that lead to no new page: a duplicate, a fragment of a page, a fragment of this page, and the start
 * page.
 */
function decoys(page: number, links: readonly number[], below: (limit: number) => number): string[] {
  const twice = links[below(links.length)]!
  const inPart = links[below(links.length)]!
  return [pathOf(twice), `${pathOf(inPart)}#part-${1 + below(3)}`, `${pathOf(page)}#top`, pathOf(0)]
}

/** Serves the site on a free local port. Calls `onVisit` with the crawler and the page before each answer. */
export async function serveSite(
  plan: readonly SitePage[],
  onVisit: (page: number, crawler: number) => void,
): Promise<Site> {
  const server = createServer((request, response) => {
    const number = pageOf(request.url ?? '')
    const page = number === null ? undefined : plan[number]
    if (number === null || page === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n')
      return
    }
    onVisit(number, Number(request.headers[crawlerHeader]))
    const answer = () =>
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(render(page))
    const timer = setTimeout(answer, page.delayMs)
    response.on('close', () => clearTimeout(timer))
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${pathOf(0)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The number of the page of a URL or path; null when it is not on the site. */
export function pageOf(url: string): number | null {
  const path = URL.parse(url, 'http://site')?.pathname
  const digits = path?.match(/^\/pages\/(0|[1-9]\d{0,8})$/)?.[1]
  return digits === undefined ? null : Number(digits)
}

function pathOf(page: number): string {
  return `/pages/${page}`
}

export function render({ title, links }: SitePage): string {
  const items = links.map((link) => `<li><a href="${link}">${link}</a></li>`)
  return `<!doctype html>\n<title>${title}</title>\n<h1>${title}</h1>\n<ul>\n${items.join('\n')}\n</ul>\n`
}

function shuffled(items: string[], below: (limit: number) => number): string[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = below(last + 1)
    const held = items[last]!
    items[last] = items[other]!
    items[other] = held
  }
  return items
}

/** Mulberry32: small, with the same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
