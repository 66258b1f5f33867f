import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** The built console. `npm run build` and `npm ci` make it (tools/console/build.ts). The same path from `src` and from `dist`. */
export const builtConsole: string = join(import.meta.dirname, '../../../dist/console')

/** The encodings that the build made, best first. */
export const encodings = ['br', 'gzip'] as const
export type Encoding = (typeof encodings)[number]

const endings: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz' }

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export interface ConsoleFile {
  readonly contentType: string
  readonly etag: string
  readonly body: Buffer
  /** The body as the build compressed it. A small file is not compressed. */
  readonly compressed: Readonly<Partial<Record<Encoding, Buffer>>>
}

/** The built files of the console, by their path in the folder. They are read once, and served from memory. */
export class ConsoleFiles {
  readonly #files: ReadonlyMap<string, ConsoleFile>

  private constructor(files: ReadonlyMap<string, ConsoleFile>) {
    this.#files = files
  }

  /** @returns null if the console was not built */
  static read(folder: string): ConsoleFiles | null {
    const names = namesIn(folder)
    if (!names.includes('index.html')) return null
    const shown = names.filter((name) => extname(name) in contentTypes)
    return new ConsoleFiles(new Map(shown.map((name) => [name, fileAt(folder, name, names)])))
  }

  /** @param path with `/` between its parts, as in a URL */
  get(path: string): ConsoleFile | null {
    return this.#files.get(path) ?? null
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
      name.replaceAll('\\', '/'),
    )
  } catch {
    return []
  }
}

function fileAt(folder: string, name: string, names: readonly string[]): ConsoleFile {
  const body = readFileSync(join(folder, name))
  const compressed: Partial<Record<Encoding, Buffer>> = {}
  for (const encoding of encodings) {
    const packed = name + endings[encoding]
    if (names.includes(packed)) compressed[encoding] = readFileSync(join(folder, packed))
  }
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { contentType: contentTypes[extname(name)]!, etag, body, compressed }
}
