import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runsOnSamePackages } from '../../bench/against/packages.ts'
import { countedPairs, ratiosOf, verdictOf } from '../../bench/against/pair-statistics.ts'
import { RevisionBuild } from '../../bench/against/revision.ts'
import { againstTable } from '../../bench/against/table.ts'
import { OptionError } from '../../bench/options/options.ts'

describe('packages of two revisions', () => {
  const program = {
    version: '1.0.0',
    dependencies: { fastify: '^5.0.0' },
    devDependencies: { biome: '2.0.0' },
  }
  const fastify = { version: '5.0.0', integrity: 'sha512-a', dependencies: { ajv: '^8.0.0' } }
  const ajv = { version: '8.0.0', integrity: 'sha512-b' }
  const lockWith = (packages: object) =>
    JSON.stringify({
      packages: {
        '': program,
        'node_modules/fastify': fastify,
        'node_modules/fastify/node_modules/ajv': ajv,
        ...packages,
      },
    })

  test('are the same when servers load the same files, whatever tests and tools need', () => {
    const tools = { 'node_modules/biome': { version: '2.0.0' }, 'node_modules/ajv': { version: '6.0.0' } }
    assert.ok(runsOnSamePackages(lockWith({}), lockWith({ ...tools, '': { ...program, version: '2.0.0' } })))
  })

  test('are not the same when a version or a file differs, also for dependencies of packages', () => {
    for (const other of [
      { 'node_modules/fastify': { ...fastify, version: '5.0.1' } },
      { 'node_modules/fastify/node_modules/ajv': { ...ajv, integrity: 'sha512-c' } },
      { 'node_modules/pg': { version: '8.0.0' }, '': { dependencies: { fastify: '^5.0.0', pg: '8.0.0' } } },
    ]) {
      assert.ok(!runsOnSamePackages(lockWith({}), lockWith(other)), JSON.stringify(other))
    }
  })
})

describe('a revision', () => {
  test('is unpacked with its packages, and leaves nothing behind', async () => {
    const files = new RevisionBuild()
    const { directory, node } = await files.prepare('HEAD', () => {})
    for (const file of ['src/main.ts', 'node_modules/fastify/package.json']) {
      assert.ok(existsSync(join(directory, file)), file)
    }
    assert.ok(existsSync(node))
    await files.close()
    assert.ok(!existsSync(directory))
    // The packages that were lent are still here.
    assert.ok(existsSync(join(import.meta.dirname, '../../node_modules/fastify/package.json')))
  })

  test('that git does not know is refused with what to do', async () => {
    const files = new RevisionBuild()
    await assert.rejects(
      files.prepare('no-such-branch', () => {}),
      (error) =>
        error instanceof OptionError &&
        /no git revision no-such-branch here\. Name a commit/.test(error.message),
    )
    await files.close()
  })
})

describe('pairs', () => {
  const half = (requestsPerSecond: number, more: object = {}) => ({
    requestsPerSecond,
    p99Ms: 10,
    httpMicros: 30,
    storageMicros: 10,
    helpersMicros: 5,
    disturbed: 0,
    ...more,
  })

  test('are compared one by one', () => {
    const pairs = [
      { before: half(100), after: half(110) },
      { before: half(200), after: half(190) },
    ]
    assert.deepEqual(
      ratiosOf(pairs, ({ requestsPerSecond }) => requestsPerSecond!),
      [1.1, 0.95],
    )
  })

  test('show a difference when all undisturbed pairs agree', () => {
    const rate = ({ requestsPerSecond = 0 }) => requestsPerSecond
    const readAs = (...ratios: readonly (readonly [ratio: number, disturbed: 0 | 1])[]) => {
      const pairs = ratios.map(([ratio, disturbed]) => ({
        before: half(100),
        after: half(100 * ratio, { disturbed }),
      }))
      return verdictOf(countedPairs(pairs), rate)
    }
    assert.equal(readAs([1.1, 0], [1.02, 0], [1.01, 0], [1.3, 0], [0.3, 1]), 'faster')
    assert.equal(readAs([0.9, 0], [0.99, 0], [0.98, 0], [0.7, 0]), 'slower')
    assert.equal(readAs([0.9, 0], [0.99, 0], [0.98, 0]), 'too few pairs')
    assert.equal(readAs([0.9, 0], [0.99, 0], [0.98, 0], [1.01, 0]), 'no difference seen')
    assert.equal(readAs([1.1, 0], [1.2, 1], [1.3, 1]), 'disturbed')
  })

  test('make a table', () => {
    const table = againstTable('363918f', {
      'single add': [
        { before: half(20_000), after: half(22_000, { p99Ms: 8, httpMicros: 25 }) },
        { before: half(18_000), after: half(20_000, { p99Ms: 9, httpMicros: 25, disturbed: 1 }) },
        { before: half(21_000), after: half(23_000, { p99Ms: 8, httpMicros: 25 }) },
      ],
      'drain, 8 clients': [
        { before: { requestsPerSecond: 100, p99Ms: 5 }, after: { requestsPerSecond: 90, p99Ms: 5 } },
      ],
    })
    const [add, drain] = table.split('\n').filter((line) => /^\| (single|drain)/.test(line))
    const cells = (line: string) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
    assert.deepEqual(cells(add!), [
      'single add',
      '20,500',
      '22,500',
      '1.098',
      '1.10 .. 1.10',
      'too few pairs',
      '10.00 → 8.00',
      '0.80',
      '45.0 → 40.0',
      '0.89',
      '1 of 3',
    ])
    assert.deepEqual(cells(drain!), [
      'drain, 8 clients',
      '100',
      '90',
      '0.900',
      '0.90 .. 0.90',
      'too few pairs',
      '5.00 → 5.00',
      '1.00',
      '',
      '',
      'not known',
    ])
    assert.match(table, /363918f \(before\) compared with the working tree \(after\), pairs: 3/)
  })
})
