import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runCommand, startServerProcess, temporaryDirectory } from '../../harness/server-process.ts'
import { settings } from '../../src/app/config/settings.ts'
import { makeToken } from '../../src/app/tokens/access.ts'
import { version } from '../../src/app/version.ts'
import { optionText } from '../../src/cli/setting-option.ts'

describe('headlock', { concurrency: 4 }, () => {
  test('without a command explains itself and fails', async () => {
    const { code, stdout, stderr } = await runCommand([])
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /Usage: headlock /)
    assert.match(stderr, /serve/)
    assert.match(stderr, /token/)
  })

  test('--version prints the version of the package', async () => {
    const { code, stdout, stderr } = await runCommand(['--version'])
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `headlock ${version}\n`, stderr: '' })
  })

  test('names a command that does not exist', async () => {
    const { code, stderr } = await runCommand(['serv'])
    assert.equal(code, 2)
    assert.match(stderr, /unknown command 'serv'[\s\S]*Did you mean serve\?/)
  })
})

describe('headlock serve, called wrongly', { concurrency: 4 }, () => {
  test('--help documents every setting with its default and its variable', async () => {
    const { code, stdout, stderr } = await runCommand(['serve', '--help'])
    assert.equal(code, 0)
    assert.equal(stderr, '')
    const text = stdout.replace(/\s+/g, ' ')
    for (const setting of Object.values(settings)) {
      const { flag, variable, byDefault } = setting
      assert.ok(text.includes(variable), variable)
      if (flag === null) continue
      assert.ok(text.includes(optionText(setting)), flag)
      assert.ok(text.includes(`(default: ${byDefault ?? 'none'}; environment: ${variable})`), flag)
    }
  })

  test('a switch takes no value', async () => {
    const { code, stderr } = await runCommand(['serve', '--no-query-token', '--port', 'http'])
    assert.equal(code, 2)
    assert.match(stderr, /^--port was given "http"/)
    const variable = await runCommand(['serve'], { environment: { HEADLOCK_NO_QUERY_TOKEN: 'maybe' } })
    assert.match(variable.stderr, /^HEADLOCK_NO_QUERY_TOKEN was given "maybe". Allowed is true or false\.$/m)
  })

  test('an unknown flag is named, with those that are allowed', async () => {
    const { code, stdout, stderr } = await runCommand(['serve', '--prot', '80'])
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /unknown option '--prot'/)
    for (const { flag } of Object.values(settings)) if (flag !== null) assert.ok(stderr.includes(flag), flag)
  })

  test('all bad values are named at once, with what is allowed', async () => {
    const { code, stdout, stderr } = await runCommand(['serve', '--port', 'http', '--rate-limits', 'on'], {
      environment: { HEADLOCK_LOG_LEVEL: 'loud', HEADLOCK_TOKEN: 'short' },
    })
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.deepEqual(stderr.split('\n'), [
      '--port was given "http". Allowed is a whole number from 0 to 65535.',
      `HEADLOCK_TOKEN was given a value of 5 characters that is too short. Allowed is ${settings.token.allowed}.`,
      'HEADLOCK_LOG_LEVEL was given "loud". Allowed is one of fatal, error, warn, info, debug, trace, silent.',
      '--rate-limits was given "on". Allowed is one of off, hosted.',
      '',
    ])
  })

  test('a flag without its value, and a word too many', async () => {
    const noValue = await runCommand(['serve', '--port'])
    assert.equal(noValue.code, 2)
    assert.match(noValue.stderr, /'--port <PORT>' argument missing/)

    const tooMany = await runCommand(['serve', '4800'])
    assert.equal(tooMany.code, 2)
    assert.match(tooMany.stderr, /too many arguments/)
  })
})

describe('headlock serve', { concurrency: 4 }, () => {
  test('on a terminal prints how to connect at the first start, and at no other', async (t) => {
    const directory = await temporaryDirectory(t)
    const first = await startServerProcess(t, directory, { onTerminal: true })
    const { url, firstToken: token } = first
    assert.match(token!, /^headlock_[A-Za-z0-9]{36}$/)
    for (const line of [
      `  export APIFY_API_BASE_URL=${url}\n`,
      `  export APIFY_API_PUBLIC_BASE_URL=${url}\n`,
      `  export APIFY_TOKEN=${token}\n`,
      `    baseUrl: '${url}',\n    token: '${token}',\n`,
      `  client = ApifyClient('${token}', api_url='${url}')\n`,
      `  curl -H 'Authorization: Bearer ${token}' ${url}/v2/request-queues\n`,
      `  ${url}/docs\n`,
    ]) {
      assert.ok(first.stdout.includes(line), line)
    }
    assert.equal((await first.call('/v2/request-queues')).status, 200)
    assert.equal((await first.call('/docs')).status, 200)
    await first.stop()

    const second = await startServerProcess(t, directory, { onTerminal: true })
    assert.equal(second.firstToken, null)
    assert.ok(!second.stdout.includes('headlock_'))
    assert.ok(second.stdout.includes(directory))
    assert.match(second.stdout, /token create/)
    assert.equal((await second.call('/v2/request-queues', { token })).status, 200)
  })

  test('logs one JSON object a line where nobody watches', async (t) => {
    const server = await startServerProcess(t, await temporaryDirectory(t))
    await fetch(`${server.url}/health`)
    const { stdout, stderr } = await server.stop()
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
    assert.ok(lines.length >= 2)
    for (const line of lines) assert.equal(typeof JSON.parse(line).time, 'string')
    assert.equal(stderr, '', 'no warning of Node.js, and no other')
  })

  test('logs nothing with --log-level silent', async (t) => {
    const server = await startServerProcess(t, await temporaryDirectory(t), {
      flags: ['--log-level', 'silent'],
    })
    await fetch(`${server.url}/health`)
    const { stdout, stderr } = await server.stop()
    assert.ok(!stdout.includes('{"'))
    assert.equal(stderr, '')
  })

  test('warns of a variable that is no setting', async (t) => {
    const environment = { HEADLOCK_PROT: '80', HEADLOCK_URL: 'http://127.0.0.1:4747' }
    const server = await startServerProcess(t, await temporaryDirectory(t), { environment })
    const { stdout } = await server.stop()
    assert.match(stdout, /HEADLOCK_PROT is set, but there is no such setting/)
    assert.doesNotMatch(stdout, /HEADLOCK_URL/, 'other commands take it')
  })

  test('takes its token from the environment, and drops the one it replaces', async (t) => {
    const directory = await temporaryDirectory(t)
    const start = (token: string) =>
      startServerProcess(t, directory, { environment: { HEADLOCK_TOKEN: token } })

    const [oneToken, anotherToken] = [makeToken(), makeToken()]
    const first = await start(oneToken)
    assert.equal(first.firstToken, null)
    assert.ok(!first.stdout.includes(oneToken))
    assert.equal((await first.call('/v2/users/me', { token: oneToken })).status, 200)
    await first.stop()

    const second = await start(anotherToken)
    assert.equal((await second.call('/v2/users/me', { token: anotherToken })).status, 200)
    assert.equal((await second.call('/v2/users/me', { token: oneToken })).status, 401)
  })

  test('uses the given username', async (t) => {
    const server = await startServerProcess(t, await temporaryDirectory(t), { flags: ['--username', 'jane'] })
    const answer = await server.call('/v2/users/me')
    const { data } = (await answer.json()) as { data: { username: string } }
    assert.equal(data.username, 'jane')
  })

  test('prints the public URL instead of its own', async (t) => {
    const directory = await temporaryDirectory(t)
    const flags = ['--public-url', 'https://queues.example.com/']
    const server = await startServerProcess(t, directory, { flags })
    assert.equal(server.url, 'https://queues.example.com')
  })

  test('answers 429 only when it is told to', async (t) => {
    const free = await startServerProcess(t, await temporaryDirectory(t))
    assert.equal((await free.call('/v2/request-queues')).headers.get('x-ratelimit-limit'), '1000000')
    const flags = ['--rate-limits', 'hosted']
    const limited = await startServerProcess(t, await temporaryDirectory(t), { flags })
    assert.equal((await limited.call('/v2/request-queues')).headers.get('x-ratelimit-limit'), '60')
  })
})

describe('headlock serve, when it cannot', { concurrency: 4 }, () => {
  test('says which port is in use and how to choose another, and makes no token', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    t.after(() => other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }

    const directory = await temporaryDirectory(t)
    const { code, stdout, stderr } = await runCommand(['serve', '--port', `${port}`, '--data', directory])
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.equal(
      stderr,
      `Port ${port} on 127.0.0.1 is in use by another program. ` +
        'Stop that program, or choose another port with --port (--port 0 takes a free one).\n',
    )
    const next = await startServerProcess(t, directory)
    assert.ok(next.firstToken !== null, 'the start that failed left the token to this one')
  })

  test('says that an address does not belong to this machine', async (t) => {
    const directory = await temporaryDirectory(t)
    const args = ['serve', '--host', '192.0.2.1', '--insecure-http', '--port', '0', '--data', directory]
    const { code, stderr } = await runCommand(args)
    assert.equal(code, 1)
    assert.match(stderr, /^192\.0\.2\.1 is not an address of this machine\. Choose one with --host/)
  })

  test('says that the data directory is a file', async (t) => {
    const file = join(await temporaryDirectory(t), 'file')
    await writeFile(file, '')
    for (const directory of [file, join(file, 'below')]) {
      const { code, stderr } = await runCommand(['serve', '--port', '0', '--data', directory])
      assert.equal(code, 1)
      assert.equal(
        stderr,
        `The data directory ${directory} cannot be used: there is a file in its place. ` +
          'Choose a directory that this user may write to with --data.\n',
      )
    }
  })

  test('says that the database belongs to another program', async (t) => {
    const directory = await temporaryDirectory(t)
    await writeFile(
      join(directory, 'headlock.sqlite'),
      'not a database at all, but long enough to be looked at\n',
    )
    const { code, stderr } = await runCommand(['serve', '--port', '0', '--data', directory])
    assert.equal(code, 1)
    assert.ok(stderr.startsWith(`The database in ${directory} cannot be opened: file is not a database. `))
    assert.match(stderr, /--data/)
  })

  test('says who uses the directory', async (t) => {
    const directory = await temporaryDirectory(t)
    const first = await startServerProcess(t, directory)
    const { code, stdout, stderr } = await runCommand(['serve', '--port', '0', '--data', directory])
    assert.equal(code, 1)
    assert.equal(stdout, '')
    assert.ok(stderr.includes(directory))
    assert.ok(stderr.includes(`process ${first.processId}`), stderr)
    assert.match(stderr, /--data/)
    assert.equal((await first.call('/v2/request-queues')).status, 200)
  })
})
