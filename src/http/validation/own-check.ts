import type { TSchema } from 'typebox'

const ownCheck = Symbol('own check')

type Check = (body: unknown) => void

/**
 * Lets a function check bodies in place of their schema, which only describes them then. The function throws
 * the refusal, so that it can say more than a schema.
 */
export function checkedBy<Schema extends TSchema>(schema: Schema, check: Check): Schema {
  // Not enumerable: it is no part of /openapi.json.
  return Object.defineProperty({ ...schema }, ownCheck, { value: check })
}

export function ownCheckOf(schema: TSchema): Check | undefined {
  return (schema as { readonly [ownCheck]?: Check })[ownCheck]
}
