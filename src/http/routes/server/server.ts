import { operation } from '../../api/operation.ts'
import { dataOf } from '../../api/schemas.ts'
import { ServerStateSchema } from '../../api/server-schema.ts'
import type { App } from '../../app.ts'
import { sendText } from '../../call.ts'
import type { ServerState } from '../../metrics/server-state.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const get = operation({
  id: 'server_get',
  tag: 'Server',
  summary: 'Get server',
  description:
    'How this server is: its version, store, calls by route, commits, and your tokens. With several servers on one ' +
    'PostgreSQL it is the one that answers.',
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The server.', ServerStateSchema) },
})

export function addServerRoute(app: App, server: ServerState): void {
  app.get('/headlock/v1/server', get, async ({ caller }, reply) => {
    const mayList = !caller.readOnly && caller.runId === null
    return sendText(reply, JSON.stringify({ data: await server.read(mayList ? caller.userId : null) }))
  })
}
