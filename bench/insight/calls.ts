import { Agent, request } from 'node:http'

export interface Server {
  readonly port: number
  readonly token: string
}

const agent = new Agent({ keepAlive: true })

/** Resolves to the text of the answer when all of it has arrived. @throws Error for every status but 2xx */
export function call({ port, token }: Server, method: string, path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = request({ port, host: '127.0.0.1', agent, method, path, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString()
        const isFine = answer.statusCode! >= 200 && answer.statusCode! < 300
        if (isFine) resolve(text)
        else reject(new Error(`${method} ${path}: status ${answer.statusCode}, ${text}`))
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? '' : JSON.stringify(body))
  })
}

/** What `data` of the answer is. */
export async function dataOf<Data>(
  server: Server,
  method: string,
  path: string,
  body?: object,
): Promise<Data> {
  return (JSON.parse(await call(server, method, path, body)) as { data: Data }).data
}
