import { types } from 'pg'

/** How the driver reads values: counts and times are whole numbers far below 2^53, all else is as it is by default. */
export function parserOf(oid: number, format?: 'text' | 'binary') {
  return oid === types.builtins.INT8 ? Number : types.getTypeParser(oid as never, format as never)
}
