/**
 * What `npm run test:fast` runs: the domain, the contract on the oracle and on one SQLite store, and HTTP. None of it
 * needs PostgreSQL. It is for the time between an edit and a commit. It takes 50 s of processor time, 31 s on two cores.
 */

const rooms = ['test/domain/', 'test/contract/memory.test.ts', 'test/contract/sqlite.test.ts', 'test/http/']

/** Files of `test/http` that start PostgreSQL, start threads or processes, send megabytes, or wait for a time limit. */
const slowFiles = [
  'answer-sizes',
  'bodies',
  'connection-ends',
  'http-figures',
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

/** Tests of the contract that fill a store with very much. */
export const slowTests = [
  /^2\.10 the largest bodies that are refused/,
  /^4\.1 of very large requests it takes/,
  /^7\.5 of a title that an older version took/,
  /^8\.2 a filtered list finds what is there among very many$/,
  /^8\.2 a walk meets what was there the whole time/,
  /^8\.2 requests of any size are listed, each once$/,
  /^a list that its caller does not take counts/,
  /^9\.7 with the hosted rates/,
]

/**
 * What a test process loads: each contract and each file of the domain has one of its own. Those of HTTP share one, because loading
 * the server costs each file most of a second.
 *
 * @param files of the whole set
 */
export function fastProcesses(files: readonly string[]): string[] {
  const longest = ['test/fast-http.ts', ...files.filter((file) => file.endsWith('contract/sqlite.test.ts'))]
  const others = files.filter((file) => isInFastSet(file) && !isOfHttp(file) && !longest.includes(file))
  // The longest first: nothing short is left to wait for at the end.
  return [...longest, ...others]
}

function isOfHttp(file: string): boolean {
  return file.replaceAll('\\', '/').startsWith('test/http/')
}

/** @param file as from the root of the project */
export function isInFastSet(file: string): boolean {
  const path = file.replaceAll('\\', '/')
  return rooms.some((room) => path.startsWith(room)) && !slowFiles.includes(path)
}
