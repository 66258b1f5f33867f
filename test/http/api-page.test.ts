/** The exchanges that docs/api.md shows, made with a server of their own in the order of the page. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { ApiPromises } from '../../harness/http/api-promises.ts'
import { type Answer, httpTest } from '../../harness/http/caller.ts'

interface Exchange {
  readonly curl: string
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** What the page shows as the answer. */
  readonly status: number
  readonly hasLocation: boolean
  readonly answer: unknown
}

const baseUrl = 'http://127.0.0.1:4747'
const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
const exchanges = exchangesOf(page)

httpTest('docs/api.md shows what the server answers', async (api) => {
  for (const exchange of exchanges) {
    const { method, path, headers, body: raw, curl } = exchange
    const { authorization, ...otherHeaders } = headers
    if (authorization !== undefined) assert.equal(authorization, 'Bearer $TOKEN', curl)
    const answer = await api.call(method, path, undefined, {
      headers: otherHeaders,
      ...(authorization === undefined ? { token: null } : {}),
      ...(raw === undefined ? {} : { raw }),
    })
    assert.deepEqual(answered(answer), shown(exchange), curl)
  }
})

httpTest('docs/api.md shows an exchange of every operation', async (api) => {
  const promises = await ApiPromises.of(api.server)
  const shownIds = exchanges.map(({ method, path }) => promises.operationOf(method, path)?.operationId)
  const operations = Object.values(promises.api.paths).flatMap((methods) => Object.values(methods))
  const missing = operations.map(({ operationId }) => operationId).filter((id) => !shownIds.includes(id))
  assert.deepEqual(missing, [])
})

function answered({ status, headers, body }: Answer): unknown {
  return { status, hasLocation: headers.has('location'), answer: withoutServer(body) }
}

function shown({ status, hasLocation, answer }: Exchange): unknown {
  return { status, hasLocation, answer: withoutServer(answer) }
}

/** Keeps names, numbers and flags. Other texts differ between servers, so only times are distinguished from them. */
function withoutServer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutServer)
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? 'a time' : 'a text'
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withoutServer(member)]))
}

/** A block `sh` that begins with curl, and the block `http` with its answer right behind it. */
function exchangesOf(markdown: string): Exchange[] {
  const blocks = [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }))
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== 'sh' || !text.startsWith('curl ')) return []
    const next = blocks[index + 1]
    assert.equal(next?.language, 'http', `no answer is shown for ${text}`)
    const [head = '', ...rest] = next.text.split('\n\n')
    const json = rest.join('\n\n')
    return [
      {
        ...callOf(text),
        status: Number(head.split(' ')[1]),
        hasLocation: /^Location: /m.test(head),
        answer: json === '' ? undefined : JSON.parse(json),
      },
    ]
  })
}

/** What curl would send. */
function callOf(curl: string): Pick<Exchange, 'curl' | 'method' | 'path' | 'headers' | 'body'> {
  const words = [...curl.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare!,
  )
  const headers: Record<string, string> = {}
  let method: string | undefined
  let body: string | undefined
  let path: string | undefined
  for (let index = 1; index < words.length; index++) {
    const word = words[index]!
    if (word === '-X') method = words[++index]!
    else if (word === '-d') body = words[++index]!
    else if (word === '-H') {
      const [name, value] = words[++index]!.split(': ')
      headers[name!.toLowerCase()] = value!
    } else {
      assert.ok(word.startsWith(baseUrl), `what is ${word} in ${curl}`)
      path = word.slice(baseUrl.length)
    }
  }
  assert.ok(path !== undefined, curl)
  if (body !== undefined) headers['content-type'] ??= 'application/x-www-form-urlencoded'
  return { curl, method: method ?? (body === undefined ? 'GET' : 'POST'), path, headers, body }
}
