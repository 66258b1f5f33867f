import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { HeadlockError } from '../../domain/errors.ts'
import type { App } from '../app.ts'
import { shownPath } from '../errors/shown-path.ts'
import { pageBytesMax } from '../overload/answer-size.ts'
import { pageHeaders } from '../pages/page.ts'
import { acceptedEncoding } from './accept.ts'
import { builtConsole, type ConsoleFile, ConsoleFiles } from './console-files.ts'
import { consoleHeaders } from './console-headers.ts'
import { notBuiltHtml } from './not-built-html.ts'

const root = '/console'
/** The build puts a hash of the content into the names of these files. */
const hashedFolder = 'assets/'
const foreverHeader = 'public, max-age=31536000, immutable'
/** The page is small, and a browser must not use an old one: it names the files. */
const askAgainHeader = 'no-cache'

/**
 * Serves the console: one page for every path below /console, and the files that it loads. They have no secrets, so they need no token.
 * What the page shows, it gets from the API.
 */
export class ConsolePages {
  readonly #folder: string
  #files: ConsoleFiles | null = null

  /** @param folder the built files */
  constructor(folder: string = builtConsole) {
    this.#folder = folder
  }

  addTo(app: App): void {
    const route = {
      schema: { hide: true },
      config: { open: true, answerBytesMax: pageBytesMax },
    } as const
    const handler = async (request: FastifyRequest, reply: FastifyReply) => this.#answer(request, reply)
    app.get(root, { ...route, handler })
    app.get(`${root}/*`, { ...route, handler })
  }

  /** Answers with the page. Its path decides what it shows. */
  show({ raw }: FastifyRequest, reply: FastifyReply): FastifyReply {
    const page = this.#read()?.get('index.html') ?? null
    if (page === null) return reply.code(503).headers(pageHeaders).send(notBuiltHtml())
    const body = Buffer.from(page.body.toString().replaceAll('"./', `"${wayToFolder(raw.url!)}`))
    return send(raw, reply, { ...page, body, compressed: {} }, askAgainHeader)
  }

  #answer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const name = pathOf(request.raw.url!).slice(root.length + 1)
    const isFile = name.startsWith(hashedFolder) || /\.\w+$/.test(name)
    if (!isFile) return this.show(request, reply)
    const file = this.#read()?.get(name) ?? null
    if (file === null) throw new HeadlockError('pageNotFound', { path: shownPath(request.raw.url!) })
    return send(request.raw, reply, file, name.startsWith(hashedFolder) ? foreverHeader : askAgainHeader)
  }

  /** Reads the files at the first use. Somebody may build them after the start. */
  #read(): ConsoleFiles | null {
    this.#files ??= ConsoleFiles.read(this.#folder)
    return this.#files
  }
}

function send(
  message: IncomingMessage,
  reply: FastifyReply,
  file: ConsoleFile,
  cacheControl: string,
): FastifyReply {
  const encoding = acceptedEncoding(message.headers)
  const packed = encoding === null ? undefined : file.compressed[encoding]
  reply.headers({
    ...consoleHeaders,
    'cache-control': cacheControl,
    etag: file.etag,
    vary: 'Accept, Accept-Encoding',
  })
  if (message.headers['if-none-match'] === file.etag) return reply.code(304).send()
  if (packed !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.contentType).send(packed ?? file.body)
}

function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0]!
}

/** A relative URL from the page to the folder of the console. It keeps what a proxy has put before the path. */
function wayToFolder(url: string): string {
  const depth = pathOf(url).slice(root.length).split('/').length - 2
  if (depth < 0) return `.${root}/`
  return depth === 0 ? './' : '../'.repeat(depth)
}
