import type { RunningServer } from '../app/compose.ts'
import type { Config } from '../app/config/config.ts'
import { settings } from '../app/config/settings.ts'
import { maskedUrl, placeOf } from '../app/config/store-choice.ts'
import { firstTokenFile, isFirstTokenKept } from '../app/tokens/first-token.ts'
import { version } from '../app/version.ts'
import { exposureText } from './exposure-text.ts'
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
  const heading = `Headlock ${version} is ready at ${url}\nIts data is in ${placeOf(config)}\n${exposureText(server)}`
  const anotherToken = `${callName} token create${storeFlag(config)}`
  if (firstStart === null) return `${heading}${accessText(config, anotherToken)}`
  const file = firstTokenFile(config.dataDirectory)
  const connect = isTerminal
    ? connectText(url, firstStart.token, anotherToken)
    : connectByFileText(url, file, anotherToken)
  return `\n${heading.trimEnd()}\n\n${connect}\n`
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

/** Nothing for the default directory, which the command finds by itself. A password is for its reader to put in. */
function storeFlag({ store, dataDirectory }: Config): string {
  if (store.kind === 'postgres') return ` --store ${quoted(maskedUrl(store))}`
  const isDefault = dataDirectory === settings.dataDirectory.parse(settings.dataDirectory.byDefault!)
  return isDefault ? '' : ` --data ${quoted(dataDirectory)}`
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./~:@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
