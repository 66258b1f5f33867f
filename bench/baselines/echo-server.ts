/**
 * Limit (a): a bare node:http server that reads and parses the same body, and sends a fixed JSON answer of
 * the same size.
 */
import { createServer, type ServerResponse } from 'node:http'
import { requestIdOf } from '../../src/domain/identity.ts'
import { requestOf, urlOf } from '../load/requests.ts'

const requestId = requestIdOf(urlOf(1))
const addAnswer = JSON.stringify({
  data: { requestId, wasAlreadyPresent: false, wasAlreadyHandled: false },
})
const getAnswer = JSON.stringify({ data: { id: requestId, ...requestOf(urlOf(1)) } })

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.method === 'GET') {
    // A GET has no body, so there is no end to wait for.
    answer(response, getAnswer)
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    answer(response, addAnswer)
  })
})

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  process.send!({ port: address.port })
})
process.on('disconnect', () => process.exit(0))
