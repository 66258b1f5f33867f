import { sql as initial } from './0001-initial.ts'

/** In the order in which they run; the schema version of a file is how many of them it has seen. */
export const migrations: readonly string[] = [initial]
