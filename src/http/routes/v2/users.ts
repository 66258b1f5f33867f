import { Type } from 'typebox'
import { operation } from '../../api/operation.ts'
import { dataOf } from '../../api/schemas.ts'
import type { App } from '../../app.ts'
import { shortAnswerBytesMax } from '../../overload/answer-size.ts'

const me = operation({
  id: 'users_me_get',
  tag: 'Users',
  summary: 'Get my user',
  description: 'The user to whom the token belongs.',
  answerBytesMax: shortAnswerBytesMax,
  answers: { 200: dataOf('The user.', Type.Object({ id: Type.String(), username: Type.String() })) },
})

export function addUsersRoutes(app: App): void {
  app.get('/v2/users/me', me, async ({ caller }) => ({
    data: { id: caller.userId, username: caller.username },
  }))
}
