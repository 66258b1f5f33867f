/** All files of `test/http` that are in the fast set, in one process: loading the server costs each of them most of a second. */
import { globSync } from 'node:fs'
import { isInFastSet } from './fast-set.ts'

const files = globSync('http/**/*.test.ts', { cwd: import.meta.dirname }).sort()
for (const file of files) if (isInFastSet(`test/${file}`)) await import(`./${file}`)
