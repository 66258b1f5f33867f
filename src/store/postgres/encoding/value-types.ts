import { types } from 'pg'

/**
 * How the driver parses values. Counts and times become numbers, as they are far below 2^53. All other types
 * stay as by default.
 */
export function parserOf(oid: number, format?: 'text' | 'binary') {
  return oid === types.builtins.INT8 ? Number : types.getTypeParser(oid as never, format as never)
}
