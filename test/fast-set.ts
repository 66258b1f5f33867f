/**
 * What `npm run test:fast` runs: the domain, the contract on the oracle and on one SQLite store, and HTTP. None of it
 * needs PostgreSQL. It is for the time between an edit and a commit. It takes half a minute on two cores.
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
  'waiting-servers',
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
 * What a test process loads: most files have one of their own. Those of HTTP that are in the fast set share one, because
 * loading the server costs each file half a second.
 *
 * @param files of the whole set
 */
export function testProcesses(files: readonly string[]): string[] {
  const others = files.filter((file) => !isOfHttp(file) || !isInFastSet(file))
  // The longest first: nothing short is left to wait for at the end.
  return others.length < files.length ? ['test/fast-http.ts', ...others] : others
}

/** The same for the fast set alone. */
export function fastProcesses(files: readonly string[]): string[] {
  const isLong = (file: string) => file.endsWith('fast-http.ts') || file.endsWith('contract/sqlite.test.ts')
  const fast = testProcesses(files.filter(isInFastSet))
  return [...fast.filter(isLong), ...fast.filter((file) => !isLong(file))]
}

function isOfHttp(file: string): boolean {
  return file.replaceAll('\\', '/').startsWith('test/http/')
}

/** @param file as from the root of the project */
export function isInFastSet(file: string): boolean {
  const path = file.replaceAll('\\', '/')
  return rooms.some((room) => path.startsWith(room)) && !slowFiles.includes(path)
}
