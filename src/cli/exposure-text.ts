import type { RunningServer } from '../app/compose.ts'
import { urlOn } from '../app/threads/listen.ts'

/** What a start says where other machines reach the server: by which addresses, and who can read along. Else nothing. */
export function exposureText({
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
