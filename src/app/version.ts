import { readFileSync } from 'node:fs'

/** The version in package.json. That file is two folders up, both from `src/app/` and from `dist/app/`. */
export const version: string = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
).version
