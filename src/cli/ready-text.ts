import type { RunningServer } from '../app/compose.ts'
import type { Config } from '../app/config/config.ts'
import { driverOf } from '../app/drivers/driver-of.ts'
import { urlOn } from '../app/threads/listen.ts'
import { firstTokenFile, isFirstTokenKept } from '../app/tokens/first-token.ts'
import { version } from '../app/version.ts'
import type { Io } from './io.ts'

/**
 * What a start tells the person who started it: at the first start how to connect, later only where things are. The first
 * token is shown on a terminal; elsewhere it is in its file, and the text says where.
 */
export function readyText(
  server: RunningServer,
  { callName, isTerminal }: Pick<Io, 'callName' | 'isTerminal'>,
): string {
  const { url, config, firstStart } = server
  const { place, flag } = driverOf(config)
  const heading = `Headlock ${version} is ready at ${url}\nIts data is in ${place}\n${exposureText(server)}`
  // A password is for its reader to put in.
  const ofThisStore = flag === null ? '' : ` ${flag.name} ${quoted(flag.value)}`
  const anotherToken = `${callName} token create${ofThisStore}`
  if (firstStart === null) return `${heading}${accessText(config, anotherToken)}`
  const file = firstTokenFile(config.dataDirectory)
  const connect = isTerminal
    ? connectText(url, firstStart.token, anotherToken)
    : connectByFileText(url, file, anotherToken)
  return `\n${heading.trimEnd()}\n\n${connect}\n`
}

/** What a start says where other machines reach the server: by which addresses, and who can read along. Else nothing. */
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
    const reach = isPublic ? ', a public address: the whole Internet, unless a firewall keeps it out' : ''
    return `  ${urls[index]!.padEnd(widest)}  ${interfaceName}${reach}\n`
  })
  const where = lines.length === 0 ? '  (no network now: nobody)\n' : lines.join('')
  const warning = protection === 'tls' ? '' : warningOf(protection, config.publicUrl)
  return `\n${warning}It is reached by every machine that reaches one of these addresses:\n\n${where}\n`
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
    'WARNING: this is plain HTTP, for a proxy in front of it that does TLS. Only the proxy ought to reach it: keep all\n' +
    `others away with a firewall. ${clients}\n`
  )
}

function accessText({ token, dataDirectory }: Config, anotherToken: string): string {
  if (token !== null) return 'The token in HEADLOCK_TOKEN is valid.\n'
  const kept = isFirstTokenKept(dataDirectory)
    ? `The first one was written to ${firstTokenFile(dataDirectory)}: remove the file when your clients have it.\n`
    : ''
  return `Tokens made before are valid; another one: ${anotherToken}\n${kept}`
}

function connectText(url: string, token: string, anotherToken: string): string {
  return `This is the first start, so here is an API token. It is shown only now: what is kept is its hash.
Another one: ${anotherToken}

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

Every call there is, in your browser, which asks for the token:

  ${url}/docs
`
}

/** For output that is kept by a journal or a pipe: without the token. */
function connectByFileText(url: string, file: string, anotherToken: string): string {
  return `This is the first start, so there is an API token. It is in this file, which only this user may read:

  ${file}

Remove the file when your clients have the token: the server keeps its hash alone.
Another one: ${anotherToken}

Environment variables, for the Apify SDKs:

  export APIFY_API_BASE_URL=${url}
  export APIFY_API_PUBLIC_BASE_URL=${url}
  export APIFY_TOKEN=$(cat ${quoted(file)})

curl:

  curl -H "Authorization: Bearer $(cat ${quoted(file)})" ${url}/v2/request-queues

Every call there is, in your browser, which asks for the token:

  ${url}/docs
`
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./~:@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
