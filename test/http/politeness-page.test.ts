/** The recipes of docs/politeness.md: their policies and commands, and what the tables say that then happens. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Caller, httpTest, keysOf } from '../../harness/http/caller.ts'
import { make, shownCall } from '../../harness/http/shown-call.ts'
import { runCommand, runProgram } from '../../harness/server-process.ts'

interface Step {
  /** Seconds since the queue was filled. */
  readonly at: number
  readonly happens: { readonly url: string; readonly what: string } | null
  readonly gives: readonly string[]
}

const root = resolve(import.meta.dirname, '../..')
const page = await readFile(join(root, 'docs/politeness.md'), 'utf8')
const recipes = page
  .slice(page.indexOf('\n## Recipes'), page.indexOf('\n## Clients'))
  .split('\n### ')
  .slice(1)
const queue = '/v2/request-queues/~my-crawl'

/** The text of the first block in this language. */
function blockOf(recipe: string, language: string): string {
  const text = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(recipe)?.[1]
  assert.ok(text !== undefined, `a recipe without ${language}: ${recipe}`)
  return text
}

for (const recipe of recipes) {
  const title = recipe.slice(0, recipe.indexOf('\n'))
  httpTest(`docs/politeness.md, ${title}: head/lock gives what the table says`, async (api) => {
    await api.post('/v2/request-queues?name=my-crawl')
    await putByCommand(api, recipe)
    const urls = namesIn(/^The queue has ([\s\S]*?)\.$/m.exec(recipe)?.[1])
    for (const url of urls) assert.equal((await api.post(`${queue}/requests`, requestOf(url))).status, 201)

    const steps = stepsOf(recipe)
    assert.ok(steps.length > 0)
    const idOf = new Map<string, string>()
    const retries = new Map<string, number>()
    let passedMs = 0
    for (const { at, happens, gives } of steps) {
      api.server.clock.advance(at * 1000 - passedMs)
      passedMs = at * 1000
      // What a server does twice a second.
      while (await api.server.store.revisitRequests()) {}
      if (happens !== null) {
        const { url, what } = happens
        const id = idOf.get(url)
        assert.ok(id !== undefined, `${url} was not given before`)
        const retryCount = (retries.get(url) ?? 0) + (what === 'fails' ? 1 : 0)
        retries.set(url, retryCount)
        const handledAt = what === 'done' ? new Date(api.server.clock.wallMs()).toISOString() : null
        const answer = await api.put(`${queue}/requests/${id}?clientKey=worker`, {
          ...requestOf(url),
          id,
          retryCount,
          handledAt,
        })
        assert.equal(answer.status, 200, answer.text)
        // Crawlee deletes the lock too, after the update that gives the request back.
        if (what === 'fails') await api.delete(`${queue}/requests/${id}/lock?clientKey=worker`)
      }
      const head = await api.post(`${queue}/head/lock?lockSecs=86400&clientKey=worker`)
      assert.deepEqual(keysOf(head), gives, `at ${at} s`)
      for (const { id, uniqueKey } of head.data.items) idOf.set(uniqueKey, id)
    }
  })
}

httpTest('docs/politeness.md, the call that cools a site down', async (api) => {
  await api.post('/v2/request-queues?name=my-crawl')
  await api.post(`${queue}/requests`, requestOf('a.example/1'))
  const [curl, ...others] = [...page.matchAll(/```sh\n(curl [\s\S]*?)```/g)].map(([, text]) => text!)
  assert.ok(curl !== undefined && others.length === 0)
  const call = shownCall(curl)
  assert.equal((await make(api, call)).status, 200)
  api.server.clock.advance(119_999)
  assert.deepEqual(keysOf(await api.post(`${queue}/head/lock?lockSecs=60`)), [])
  assert.equal(
    (await make(api, { ...call, method: 'DELETE', path: call.path.replace(/\?.*/, '') })).status,
    204,
  )
  assert.deepEqual(keysOf(await api.post(`${queue}/head/lock?lockSecs=60`)), ['a.example/1'])
})

httpTest('docs/politeness.md, the crawler that cools a site down when it says so', async (api) => {
  const asked: string[] = []
  const refused = Promise.withResolvers<void>()
  const site = createServer((request, response) => {
    asked.push(request.url!)
    if (asked.length > 1) {
      response.setHeader('content-type', 'text/html')
      response.end('<title>At last</title>')
      return
    }
    response.writeHead(429, { 'retry-after': '120', 'content-type': 'text/html' })
    response.end('Too many')
    refused.resolve()
  })
  await new Promise<void>((listening) => site.listen(0, '127.0.0.1', listening))
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-politeness-'))
  try {
    const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/1`
    const file = join(directory, 'crawl.mjs')
    const script = blockOf(page, 'js')
    assert.ok(script.includes('https://a.example/1'))
    await writeFile(file, script.replace('https://a.example/1', url))
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
    const environment = { APIFY_API_BASE_URL: api.server.url, APIFY_TOKEN: api.server.token }
    const crawl = runProgram(file, [], { cwd: directory, environment })

    await refused.promise
    // Once its request is given back, the host alone is what holds it.
    await until(async () => {
      const { data } = await api.get(`${queue}/requests`)
      return data.items[0].retryCount === 1 && data.items[0].lockExpiresAt === undefined
    })
    api.server.clock.advance(110_000)
    const early = await api.post(`${queue}/head/lock?lockSecs=60`)
    assert.deepEqual([keysOf(early), early.data.queueHasLockedRequests], [[], true])
    assert.equal(asked.length, 1)
    api.server.clock.advance(10_000)
    const { code, stdout, stderr } = await crawl
    assert.equal(code, 0, stderr)
    assert.match(stdout, /\/1 At last$/m)
    assert.deepEqual(asked, ['/1', '/1'])
  } finally {
    site.closeAllConnections()
    site.close()
    await rm(directory, { recursive: true, force: true })
  }
})

/** Runs the command of the recipe beside its file. */
async function putByCommand(api: Caller, recipe: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'headlock-test-politeness-'))
  try {
    const file = /^`([\w.]+)`:$/m.exec(recipe)?.[1]
    assert.ok(file !== undefined, 'a recipe names its file')
    await writeFile(join(directory, file), blockOf(recipe, 'json'))
    const words = blockOf(recipe, 'sh').trim().split(' ')
    assert.deepEqual(words.splice(0, 4), ['npm', 'run', 'headlock', '--'])
    const environment = { HEADLOCK_URL: api.server.url, HEADLOCK_TOKEN: api.server.token }
    const { code, stdout, stderr } = await runCommand(words, { cwd: directory, environment })
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), JSON.parse(blockOf(recipe, 'json')))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function stepsOf(recipe: string): Step[] {
  const rows = recipe.split('\n').filter((line) => /^\| \d/.test(line))
  return rows.map((row) => {
    const [when, happens, gives] = row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
    const event = /^`(\S+)` (done|fails)$/.exec(happens!)
    assert.ok(happens === '' || event !== null, row)
    return {
      at: secondsOf(when!),
      happens: event === null ? null : { url: event[1]!, what: event[2]! },
      gives: gives === 'nothing' ? [] : namesIn(gives),
    }
  })
}

/** `2.5 s`, `22 h`, or `22 h 1 s`. */
function secondsOf(text: string): number {
  const parts = [...text.matchAll(/([\d.]+) (s|h)\b/g)]
  assert.ok(parts.length > 0, text)
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unit === 'h' ? 3600 : 1), 0)
}

function namesIn(text = ''): string[] {
  const names = [...text.matchAll(/`(\S+?)`/g)].map(([, name]) => name!)
  assert.ok(names.length > 0, text)
  return names
}

function requestOf(name: string): { url: string; uniqueKey: string } {
  return { url: `https://${name}`, uniqueKey: name }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve))
}
