/** Limit (a): a bare node:http server that reads and parses the same body and answers a fixed JSON of the same size. */
import { createServer } from 'node:http'
import { idOf, requestOf, urlOf } from '../load/calls.ts'

const addAnswer = JSON.stringify({
  data: { requestId: idOf(urlOf(1)), wasAlreadyPresent: false, wasAlreadyHandled: false },
})
const getAnswer = JSON.stringify({ data: { id: idOf(urlOf(1)), ...requestOf(urlOf(1)) } })

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString()
    if (body !== '') JSON.parse(body)
    const answer = request.method === 'GET' ? getAnswer : addAnswer
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(answer),
    })
    response.end(answer)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  process.send!({ port: address.port })
})
process.on('disconnect', () => process.exit(0))
