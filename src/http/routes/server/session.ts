/** The sign-in of the console: a token becomes a cookie, which is good for the console's own calls alone. */
import { Type } from 'typebox'
import { type Caller, tokenAllows } from '../../../domain/caller.ts'
import { tokenHashOf } from '../../../domain/token.ts'
import { operation } from '../../api/operation.ts'
import { dataOf } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import type { SignIns } from '../../auth/sign-in.ts'
import type { Tokens } from '../../auth/tokens.ts'
import type { WrongTokens } from '../../auth/wrong-tokens.ts'
import type { Entrance } from '../../entrance.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const path = '/headlock/v1/session'

const Session = Type.Object({
  userId: Type.String(),
  username: Type.String(),
  runId: Type.Union([Type.String(), Type.Null()], { description: 'The run of the token, if it has one.' }),
  mayWrite: Type.Boolean({ description: 'Whether the token may change anything.' }),
})

const answers = { 200: dataOf('Who calls, and what the token allows.', Session) }
const answerBytesMax = shortAnswerBytesMax

const get = operation({
  id: 'session_get',
  tag: 'Users',
  summary: 'Get session',
  description: 'Whose token it is, and what it allows. The console asks this to know what to show.',
  answerBytesMax,
  answers,
})

const post = operation({
  id: 'session_post',
  tag: 'Users',
  summary: 'Sign in to the console',
  description:
    'Sets a cookie that the browser sends with the calls of the console for eight hours. Programs use the token itself.',
  body: Type.Object({
    token: Type.String({ minLength: 1, maxLength: 1000, description: 'An API token of this server.' }),
  }),
  answerBytesMax,
  answers,
  refusals: ['invalidInput', 'tokenNotValid', 'tooManyWrongTokens', 'hostNotAllowed', 'crossSiteCall'],
  open: true,
})

const remove = operation({
  id: 'session_delete',
  tag: 'Users',
  summary: 'Sign out of the console',
  description: 'Removes the cookie.',
  answerBytesMax,
  answers: { 204: 'The browser is signed out.' },
  refusals: ['invalidInput', 'hostNotAllowed', 'crossSiteCall'],
  open: true,
})

interface SessionParts {
  readonly signIns: SignIns
  readonly tokens: Tokens
  readonly wrongTokens: WrongTokens
  readonly entrance: Entrance
}

export function addSessionRoutes(app: App, { signIns, tokens, wrongTokens, entrance }: SessionParts): void {
  app.get(path, get, async ({ caller }) => sessionOf(caller))

  app.post(path, post, async (request, reply) => {
    const token = request.body.token.trim()
    const caller = tokens.remembered(token) ?? (await tokens.find(token))
    if (caller === null) throw wrongTokens.refusalOf(request.raw)
    reply.header('set-cookie', signIns.cookiesFor(tokenHashOf(token), request.raw, entrance))
    return sessionOf(caller)
  })

  app.delete(path, remove, async (request, reply) => {
    reply.header('set-cookie', signIns.endingCookies(request.raw)).code(204)
  })
}

function sessionOf(caller: Caller) {
  const { userId, username, runId } = caller
  return { data: { userId, username, runId, mayWrite: tokenAllows(caller, 'write') } }
}
