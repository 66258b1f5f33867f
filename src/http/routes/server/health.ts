import { Type } from 'typebox'
import type { Store } from '../../../store/store.ts'
import { operation } from '../../api/operation.ts'
import type { App } from '../../app.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const health = operation({
  id: 'health_get',
  tag: 'Server',
  summary: 'Is the server up',
  description: 'Succeeds while the process is running. Needs no token.',
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: Type.Object({ status: Type.Literal('ok') }, { description: 'The server is up.' }) },
  open: true,
})

const ready = operation({
  id: 'ready_get',
  tag: 'Server',
  summary: 'Can the server work',
  description: 'Succeeds when the store answers. Needs no token.',
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: Type.Object({ status: Type.Literal('ready') }, { description: 'The server can work.' }) },
  refusals: ['storeUnavailable'],
  open: true,
})

/** Adds the calls for monitoring. Load balancers use HEAD. */
export function addHealthRoutes(app: App, store: Store): void {
  app.get('/health', { ...health, exposeHeadRoute: true }, async () => ({ status: 'ok' }))

  app.get('/ready', { ...ready, exposeHeadRoute: true }, async () => {
    await store.ping()
    return { status: 'ready' }
  })
}
