/**
 * Builds the console into dist/console, and compresses its files.
 *
 *     node tools/console/build.ts                  builds it
 *     node tools/console/build.ts --when-stale     only if it is missing or older than its source; not where Vite is not installed
 *     node tools/console/build.ts --out-dir DIR    into another folder
 */
import { globSync, statSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const root = resolve(import.meta.dirname, '../..')
/** A smaller file takes one packet in any case. */
const compressedBytesMin = 1024

const { values } = parseArgs({
  options: { 'when-stale': { type: 'boolean' }, 'out-dir': { type: 'string' } },
})
const outDir = resolve(values['out-dir'] ?? join(root, 'dist/console'))

if (values['when-stale'] !== true || isStale()) await build()

/** Whether the console was not built, or its source was changed after that. */
function isStale(): boolean {
  const built = statSync(join(outDir, 'index.html'), { throwIfNoEntry: false })
  if (built === undefined) return true
  const sources = globSync(['console/**/*', 'package-lock.json'], { cwd: root })
  return sources.some((source) => statSync(join(root, source)).mtimeMs > built.mtimeMs)
}

async function build(): Promise<void> {
  const vite = await import('vite').catch(() => null)
  if (vite === null) {
    console.error(
      'The console was not built: Vite is not installed. Run npm ci, with the development dependencies.',
    )
    process.exitCode = values['when-stale'] === true ? 0 : 1
    return
  }
  await vite.build({
    configFile: join(root, 'console/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir },
  })
  const names = await readdir(outDir, { recursive: true })
  await Promise.all(names.filter((name) => ['.js', '.css', '.svg'].includes(extname(name))).map(compress))
}

async function compress(name: string): Promise<void> {
  const path = join(outDir, name)
  const body = await readFile(path)
  if (body.length < compressedBytesMin) return
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  await writeFile(`${path}.br`, await promisify(brotliCompress)(body, quality))
  await writeFile(`${path}.gz`, await promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION }))
}
