// Runs at the end of `npm ci`, by whatever Node.js an npm script gets. npm passes over an optional package that it could not
// fetch, and the first start would then end in a syntax error: say it here, with what to do.
import { readFileSync } from 'node:fs'

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
const needed = engines.node.replace('>=', '')
const [major, minor] = process.versions.node.split('.').map(Number)
const [majorNeeded, minorNeeded] = needed.split('.').map(Number)

if (major < majorNeeded || (major === majorNeeded && minor < minorNeeded)) {
  console.error(
    `Headlock needs Node.js ${needed} or newer, and npm scripts here get ${process.versions.node}. ` +
      `None for ${process.platform}-${process.arch} came with the packages: it could not be fetched, or there is none ` +
      'in tools/node/package.json. Run npm ci again, or install a newer Node.js.',
  )
  process.exit(1)
}
