import { Type } from 'typebox'
import { shortAnswerBytesMax } from '../overload/answer-size.ts'

/** What is the same in every operation that answers with a stream of server-sent events. */
export const streamAnswer = {
  answerBytesMax: shortAnswerBytesMax,
  answers: {
    200: Type.Unsafe({
      description: 'Server-sent events, until either side ends them.',
      content: { 'text/event-stream': { schema: Type.String() } },
    }),
  },
}
