import type { RunningServer } from '../app/compose.ts'
import type { Config } from '../app/config/config.ts'
import { driverOf } from '../app/drivers/driver-of.ts'
import { urlOn } from '../app/threads/listen.ts'
import { firstTokenFile, isFirstTokenKept } from '../app/tokens/first-token.ts'
import { version } from '../app/version.ts'
import type { Io } from './io.ts'

/**
 * The text that a start prints. After the first start it explains how to connect, and after later starts only where the
 * server and its data are. A terminal shows the first token. Other output shows the file that contains it.
 */
export function readyText(
  server: RunningServer,
  { callName, isTerminal }: Pick<Io, 'callName' | 'isTerminal'>,
): string {
  const { url, config, firstStart } = server
  const { place, flag } = driverOf(config)
  const heading = `Headlock ${version} is ready at ${url}\nIts data is in ${place}\nIts console is at ${url}/console/\n${exposureText(server)}`
  // The password is left out. The reader has to add it.
  const ofThisStore = flag === null ? '' : ` ${flag.name} ${quoted(flag.value)}`
  const anotherToken = `${callName} token create${ofThisStore}`
  if (firstStart === null) return `${heading}${accessText(config, anotherToken)}`
  const file = firstTokenFile(config.dataDirectory)
  const connect = isTerminal
    ? connectText(url, firstStart.token, anotherToken)
    : connectByFileText(url, file, anotherToken)
  return `\n${heading.trimEnd()}\n\n${connect}\n`
}

/** Lists the addresses by which other machines reach the server, and warns about plain HTTP. Empty when none can. */
function exposureText({
  exposure,
  port,
  config,
}: Pick<RunningServer, 'exposure' | 'port' | 'config'>): string {
  const { protection, addresses } = exposure
  if (protection === null) return ''
  const protocol = protection === 'tls' ? 'https' : 'http'
  const urls = addresses.map(({ address }) => urlOn(address, port, protocol))
  const widest = Math.max(...urls.map(({ length }) => length))
  const lines = addresses.map(({ interfaceName, isPublic }, index) => {
    const reach = isPublic ? ' (public: the whole Internet can reach it, unless a firewall blocks it)' : ''
    return `  ${urls[index]!.padEnd(widest)}  ${interfaceName}${reach}\n`
  })
  const where = lines.length === 0 ? '  (none: this machine has no network now)\n' : lines.join('')
  const warning = protection === 'tls' ? '' : warningOf(protection, config.publicUrl)
  return `\n${warning}Other machines reach the server at these addresses:\n\n${where}\n`
}

function warningOf(protection: 'proxy' | 'none', publicUrl: string | null): string {
  if (protection === 'none') {
    return (
      'WARNING: this is plain HTTP (--insecure-http). Everybody on the way between a client and this machine can read\n' +
      'the tokens and requests, and use the tokens.\n'
    )
  }
  const clients = publicUrl === null ? 'Clients use the address of the proxy.' : `Clients use ${publicUrl}.`
  return (
    'WARNING: this is plain HTTP, for a proxy that does TLS. Make sure that only the proxy can reach it, for example with\n' +
    `a firewall. ${clients}\n`
  )
}

function accessText({ token, dataDirectory }: Config, anotherToken: string): string {
  if (token !== null) return 'The token in HEADLOCK_TOKEN is valid.\n'
  const kept = isFirstTokenKept(dataDirectory)
    ? `The first token is in ${firstTokenFile(dataDirectory)}. Remove that file when your clients have the token.\n`
    : ''
  return `Existing tokens are valid. To create another one: ${anotherToken}\n${kept}`
}

function connectText(url: string, token: string, anotherToken: string): string {
  return `This is the first start, so here is an API token. It is shown only now, because the server keeps only its hash.
To create another one: ${anotherToken}

Environment variables, for the Apify SDKs:

  export APIFY_API_BASE_URL=${url}
  export APIFY_API_PUBLIC_BASE_URL=${url}
  export APIFY_TOKEN=${token}

JavaScript, with apify-client:

  const client = new ApifyClient({
    baseUrl: '${url}',
    token: '${token}',
  })

Python, with apify-client:

  client = ApifyClient('${token}', api_url='${url}')

curl:

  curl -H 'Authorization: Bearer ${token}' ${url}/v2/request-queues

The documentation of all calls, in your browser. It asks for the token, as the console does:

  ${url}/docs
`
}

/** The same text without the token, for output that a journal or a pipe may keep. */
function connectByFileText(url: string, file: string, anotherToken: string): string {
  return `This is the first start, so an API token was created. It is in this file, which only this user may read:

  ${file}

Remove the file when your clients have the token. The server keeps only its hash.
To create another one: ${anotherToken}

Environment variables, for the Apify SDKs:

  export APIFY_API_BASE_URL=${url}
  export APIFY_API_PUBLIC_BASE_URL=${url}
  export APIFY_TOKEN=$(cat ${quoted(file)})

curl:

  curl -H "Authorization: Bearer $(cat ${quoted(file)})" ${url}/v2/request-queues

The documentation of all calls, in your browser. It asks for the token, as the console does:

  ${url}/docs
`
}

/** Quotes a word for a shell, if necessary. */
function quoted(word: string): string {
  return /^[\w./~:@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
