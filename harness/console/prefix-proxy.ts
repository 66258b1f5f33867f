import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A proxy that serves a server below `/prefix`, as people put several programs behind one name.
 *
 * @returns its address with the prefix
 */
export async function startPrefixProxy(target: string): Promise<{ url: string; close(): void }> {
  const prefix = '/some/prefix'
  const proxy = createServer((message, response) => {
    const { method, headers, url } = message
    if (!url!.startsWith(`${prefix}/`)) return response.writeHead(404).end()
    const forwarded = request(target + url!.slice(prefix.length), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.rawHeaders)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    response.on('close', () => forwarded.destroy())
    return message.pipe(forwarded)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${prefix}`,
    close: () => {
      proxy.close()
      proxy.closeAllConnections()
    },
  }
}
