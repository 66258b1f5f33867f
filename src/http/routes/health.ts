import { Type } from 'typebox'
import type { Store } from '../../store/store.ts'
import { operation } from '../api/operation.ts'
import type { App } from '../app.ts'
import { shortAnswerBytesMax } from '../overload/answer-size.ts'

const health = operation({
  id: 'health_get',
  tag: 'Server',
  summary: 'Is the server up',
  description: 'Answers as long as the process does. Needs no token.',
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: Type.Object({ status: Type.Literal('ok') }, { description: 'It is up.' }) },
  open: true,
})

const ready = operation({
  id: 'ready_get',
  tag: 'Server',
  summary: 'Can the server work',
  description: 'Answers with success when the store does. Needs no token.',
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: Type.Object({ status: Type.Literal('ready') }, { description: 'It can.' }) },
  refusals: ['storeUnavailable'],
  open: true,
})

/** For whoever watches the server; load balancers ask with HEAD. */
export function addHealthRoutes(app: App, store: Store): void {
  app.get('/health', { ...health, exposeHeadRoute: true }, async () => ({ status: 'ok' }))

  app.get('/ready', { ...ready, exposeHeadRoute: true }, async () => {
    await store.ping()
    return { status: 'ready' }
  })
}
