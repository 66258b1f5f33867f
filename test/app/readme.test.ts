/** What the README promises a newcomer, done as it says. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { runProgram, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'
import { settings } from '../../src/app/config/settings.ts'

const root = resolve(import.meta.dirname, '../..')
const readme = await readFile(join(root, 'README.md'), 'utf8')
const pageCount = 12

/** A site of some pages, each of which links to the next two. */
async function startSite(t: TestContext): Promise<string> {
  const site = createServer(({ url = '/' }, response) => {
    const page = Number(url.slice(1)) || 1
    const links = [page + 1, page + 2]
      .filter((next) => next <= pageCount)
      .map((next) => `<a href="/${next}">next</a>`)
    response.setHeader('Content-Type', 'text/html')
    response.end(`<title>Page ${page}</title>${links.join('')}`)
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  t.after(() => site.close())
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/1`
}

/** The variables that a shell has after the lines were pasted that the server printed for it. */
function pasted(stdout: string): Record<string, string> {
  const lines = [...stdout.matchAll(/^ {2}export (\w+)=.+$/gm)]
  assert.equal(lines.length, 3)
  const names = lines.map(([, name]) => name!)
  const script = [...lines.map(([line]) => line), ...names.map((name) => `echo "$${name}"`)].join('\n')
  const values = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\n')
  return Object.fromEntries(names.map((name, index) => [name, values[index]!]))
}

describe('README', () => {
  test('the first crawl works as it is written', async (t) => {
    const script = /```js\n([\s\S]*?)```/.exec(readme)?.[1]
    assert.ok(script !== undefined)
    assert.ok(script.includes('https://crawlee.dev/'))
    const packages = [...script.matchAll(/ from '([^']+)'/g)].map(([, name]) => name)
    assert.ok(
      readme.includes(`\`npm install ${packages.join(' ')}\``),
      'what it imports is what is installed',
    )
    const directory = await temporaryDirectory(t)
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
    const file = join(directory, 'first-crawl.mjs')
    await writeFile(file, script.replace('https://crawlee.dev/', await startSite(t)))

    const server = await startServerProcess(t, join(directory, 'headlock-data'), { onTerminal: true })
    const environment = pasted(server.stdout)
    const crawl = () => runProgram(file, [], { environment, cwd: directory })

    const first = await crawl()
    assert.equal(first.code, 0, first.stderr)
    for (let page = 1; page <= pageCount; page++)
      assert.match(first.stdout, new RegExp(` Page ${page}$`, 'm'))
    const answer = await server.call('/v2/request-queues/~first-crawl')
    const { data } = (await answer.json()) as { data: Record<string, unknown> }
    assert.equal(data['totalRequestCount'], pageCount)
    assert.equal(data['handledRequestCount'], pageCount)

    const second = await crawl()
    assert.equal(second.code, 0, second.stderr)
    assert.ok(!second.stdout.includes(' Page '), 'everything was handled')
  })

  test('git ignores what the first crawl leaves in the clone', async () => {
    const ignored = (await readFile(join(root, '.gitignore'), 'utf8')).split('\n')
    for (const path of ['/first-crawl.mjs', '/storage/', 'headlock-data/'])
      assert.ok(ignored.includes(path), path)
  })

  test('the table of settings has each with its flag, its variable and its default', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('| ') && line.includes('HEADLOCK_'))
    const firstColumns = rows.map((row) =>
      row
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim()),
    )
    const expected = Object.entries(settings).map(([key, { flag, argument, alone, variable, byDefault }]) => [
      flag === null
        ? ''
        : `\`${[flag, alone === undefined ? argument : `[${argument}]`].join(' ').trimEnd()}\``,
      `\`${variable}\``,
      // That one depends on the machine.
      key === 'threads' ? 'cores - 1' : byDefault === null ? '' : `\`${byDefault}\``,
    ])
    assert.deepEqual(firstColumns, expected)
  })
})
