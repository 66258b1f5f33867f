/**
 * What `npm run test:fast` runs: the domain, the contract on the oracle and on one SQLite store, and HTTP. None of it
 * needs PostgreSQL. It is for the time between an edit and a commit: under a minute on two cores.
 */

const rooms = ['test/domain/', 'test/contract/memory.test.ts', 'test/contract/sqlite.test.ts', 'test/http/']

/** Files of `test/http` that start PostgreSQL, start threads or processes, send megabytes, or wait for a time limit. */
const slowFiles = [
  'answer-sizes',
  'bodies',
  'connection-ends',
  'large-lists',
  'loop-turn',
  'postgres',
  'sent-back',
  'sign-in',
  'slow-decoding',
  'threads',
  'tls',
  'undelivered',
  'upgrade-offers',
  'wrong-tokens',
].map((name) => `test/http/${name}.test.ts`)

/** @param file as from the root of the project */
export function isInFastSet(file: string): boolean {
  const path = file.replaceAll('\\', '/')
  return rooms.some((room) => path.startsWith(room)) && !slowFiles.includes(path)
}
