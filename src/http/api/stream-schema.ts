import { type TSchema, Type } from 'typebox'

/** An answer that is a stream of server-sent events. */
export function streamOf(description: string): TSchema {
  return Type.Unsafe({ description, content: { 'text/event-stream': { schema: Type.String() } } })
}
