/** A server with its console in a browser, for the tests of test/console. */
import assert from 'node:assert/strict'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import {
  type Ending,
  runCommand,
  type ServerProcess,
  startServerProcess,
  temporaryDatabase,
  temporaryDirectory,
} from '../server-process.ts'
import { buildConsole } from './built-console.ts'
import { launchChromium } from './chromium.ts'

export type StoreKind = 'sqlite' | 'postgres'

/** What the console sends to the API, and a program too. */
export interface ApiAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read any part of it
  readonly data: any
}

const desktop = { width: 1280, height: 800 }
/** Browsers log each answer with a failure. Those that the console expects are no problem. */
const expectedMessage =
  /the server responded with a status of (?:400|401|403|404|409|412)|net::ERR_INTERNET_DISCONNECTED/

export class ConsoleBench {
  readonly server: ServerProcess
  readonly token: string
  readonly readOnlyToken: string
  readonly #browser: Browser
  /** Where commands find the store of the server. */
  readonly #storeFlags: readonly string[]
  readonly #steps: (() => void | Promise<void>)[]
  #queues = 0

  private constructor(
    server: ServerProcess,
    readOnlyToken: string,
    browser: Browser,
    storeFlags: readonly string[],
    steps: (() => void | Promise<void>)[],
  ) {
    this.server = server
    this.token = server.firstToken!
    this.readOnlyToken = readOnlyToken
    this.#browser = browser
    this.#storeFlags = storeFlags
    this.#steps = steps
  }

  static async start(kind: StoreKind): Promise<ConsoleBench> {
    const steps: (() => void | Promise<void>)[] = []
    const ending: Ending = { after: (step) => void steps.push(step) }
    const directory = await temporaryDirectory(ending)
    const flags = kind === 'sqlite' ? [] : ['--store', await temporaryDatabase(ending)]
    const [browser, server] = await Promise.all([
      launchChromium(),
      buildConsole().then(() => startServerProcess(ending, directory, { flags })),
    ])
    const storeFlags = ['--data', directory, ...flags]
    const readOnlyToken = await newToken('--read-only', ...storeFlags)
    return new ConsoleBench(server, readOnlyToken, browser, storeFlags, steps)
  }

  async close(): Promise<void> {
    await this.#browser.close()
    for (const step of this.#steps.reverse()) await step()
  }

  tokenOfRun(runId: string): Promise<string> {
    return newToken('--run', runId, ...this.#storeFlags)
  }

  /** Makes a call as a program does, without the console. */
  async call(method: string, path: string, body?: unknown, token = this.token): Promise<ApiAnswer> {
    const init = { method, token, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const response = await this.server.call(path, init)
    const text = await response.text()
    return { status: response.status, data: text === '' ? undefined : JSON.parse(text).data }
  }

  /** Fills a queue with many requests, several calls at once. */
  async fill(id: string, requests: readonly object[]): Promise<void> {
    const batches: (readonly object[])[] = []
    for (let start = 0; start < requests.length; start += 25) batches.push(requests.slice(start, start + 25))
    const path = `/v2/request-queues/${id}/requests/batch?clientKey=seeder`
    const send = async () => {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop())
        assert.equal((await this.call('POST', path, batch)).status, 201)
    }
    await Promise.all(Array.from({ length: 8 }, send))
  }

  /** Creates a queue with a name of its own and these requests. */
  async queue(...requests: readonly object[]): Promise<{ id: string; name: string }> {
    const name = `queue-${++this.#queues}-${Date.now().toString(36)}`
    const { data } = await this.call('POST', `/v2/request-queues?name=${name}`)
    for (let start = 0; start < requests.length; start += 25) {
      const batch = requests.slice(start, start + 25)
      const path = `/v2/request-queues/${data.id}/requests/batch?clientKey=seeder`
      assert.equal((await this.call('POST', path, batch)).status, 201)
    }
    return { id: data.id, name }
  }

  /**
   * Runs a test in a page of the console that is signed in. It fails when a script fails, when the page breaks its content security
   * policy, and when it loads anything from another server.
   *
   * @param way the path below /console/; or the whole address of the console, where another server leads to it
   * @param token null: not signed in
   */
  async inPage(
    way: string,
    test: (page: Page) => Promise<void>,
    { token = this.token, ...options }: BrowserContextOptions & { readonly token?: string | null } = {},
  ): Promise<void> {
    const context = await this.#browser.newContext({ viewport: desktop, ...options })
    const problems: string[] = []
    const start = way.startsWith('http') ? way : this.urlOf(way)
    try {
      if (token !== null) await this.#signIn(context, token)
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      page.on('pageerror', (error) => problems.push(error.stack ?? error.message))
      page.on('dialog', (dialog) => problems.push(`a dialog: ${dialog.message()}`))
      page.on('console', (message) => {
        const isProblem = ['error', 'warning'].includes(message.type())
        if (isProblem && !expectedMessage.test(message.text())) problems.push(message.text())
      })
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== new URL(start).origin) problems.push(`loads ${request.url()}`)
      })
      await page.goto(start)
      await test(page)
      assert.deepEqual(problems, [])
    } finally {
      await context.close()
    }
  }

  /** Goes to another place of the console, as a click on a link does. The page is not loaded again. */
  async goTo(page: Page, way: string): Promise<void> {
    await page.evaluate(`
      history.pushState(null, '', ${JSON.stringify(this.urlOf(way))})
      dispatchEvent(new PopStateEvent('popstate'))
    `)
  }

  urlOf(way: string): string {
    return `${this.server.url}/console/${way}`
  }

  async #signIn(context: BrowserContext, token: string): Promise<void> {
    const answer = await context.request.post(`${this.server.url}/headlock/v1/session`, { data: { token } })
    assert.equal(answer.status(), 200)
  }
}

async function newToken(...flags: readonly string[]): Promise<string> {
  const made = await runCommand(['token', 'create', ...flags])
  assert.equal(made.code, 0, made.stderr)
  return made.stdout.trim()
}

/** A request in the form in which callers send it. */
export function requestTo(path: string, more: object = {}): { url: string; uniqueKey: string } {
  const url = `https://example.com/${path}`
  return { url, uniqueKey: url, ...more }
}
