/** The checks of `npm run check` that are about this project alone. Prints what is wrong, a line each, and exits with 1. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { checkBoundLimits } from './bound-limits.ts'
import { checkRuleNumbers } from './rule-numbers.ts'

const root = resolve(import.meta.dirname, '../..')
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
const files = tracked.split('\n').filter((file) => file !== '' && existsSync(resolve(root, file)))

const faults = [...checkRuleNumbers(root, files), ...checkBoundLimits(root, files)]
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
