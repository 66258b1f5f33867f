import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Millis } from '../../src/domain/time.ts'
import { pageOf, render, type SitePage } from '../site.ts'

/** What the sites noted while they were crawled. */
export interface Notes {
  /** Pages of all sites that were asked for. */
  readonly pages: number
  readonly requests: number
  /** The most requests that one site answered at the same time. */
  readonly mostAtOnce: number
  /** The shortest time between two requests to one site. */
  readonly shortestGapMs: Millis
}

export interface Sites {
  /** The start page of each site. */
  readonly startUrls: readonly string[]
  /** What was noted since the last call. */
  takeNotes(): Notes
  close(): Promise<void>
}

interface SiteNotes {
  readonly askedAt: Millis[]
  readonly pages: Set<number>
  open: number
  mostAtOnce: number
}

/** Serves sites with these pages, each with a host name of its own, on one free local port. */
export async function serveSites(plans: readonly (readonly SitePage[])[]): Promise<Sites> {
  const planOf = new Map(plans.map((plan, index) => [nameOf(index + 1), plan]))
  let notes = new Map<string, SiteNotes>()

  const server = createServer((request, response) => {
    const [name = ''] = (request.headers.host ?? '').split(':')
    const number = pageOf(request.url ?? '')
    const page = number === null ? undefined : planOf.get(name)?.[number]
    if (number === null || page === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n')
      return
    }
    let site = notes.get(name)
    if (site === undefined) {
      site = { askedAt: [], pages: new Set(), open: 0, mostAtOnce: 0 }
      notes.set(name, site)
    }
    const { askedAt, pages } = site
    askedAt.push(performance.now())
    pages.add(number)
    site.mostAtOnce = Math.max(site.mostAtOnce, ++site.open)
    const timer = setTimeout(
      () => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(render(page)),
      page.delayMs,
    )
    response.on('close', () => {
      site.open--
      clearTimeout(timer)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    startUrls: [...planOf.keys()].map((name) => `http://${name}:${port}/pages/0`),
    takeNotes() {
      const taken = [...notes.values()]
      notes = new Map()
      return summed(taken)
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Nobody can own such a name. The crawlers of the demonstration take every name for this machine. */
function nameOf(number: number): string {
  return `site${String(number).padStart(2, '0')}.example`
}

function summed(sites: readonly SiteNotes[]): Notes {
  const gaps = sites.flatMap(({ askedAt }) => askedAt.slice(1).map((at, index) => at - askedAt[index]!))
  return {
    pages: sites.reduce((sum, { pages }) => sum + pages.size, 0),
    requests: sites.reduce((sum, { askedAt }) => sum + askedAt.length, 0),
    mostAtOnce: Math.max(...sites.map(({ mostAtOnce }) => mostAtOnce)),
    shortestGapMs: Math.min(...gaps),
  }
}
