import type { Kind } from '../kind.ts'

/** Everything that `npm run torture` does, in the order of the table. */
export const kinds: readonly Kind[] = []
