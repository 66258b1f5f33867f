/**
 * SQLite looks at the value of a parameter that stands alone after LIMIT when it plans the statement. So it plans
 * the statement anew for each execution, which takes longer than most statements themselves. `LIMIT +?` has no such
 * parameter, and the same meaning.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The lines of a text that have such a parameter. */
export function boundLimits(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line, index) => (/\b(?:LIMIT|OFFSET) \(?\?/i.test(line) ? [index + 1] : []))
}

/** @returns one sentence for each such line in the programs of the embedded store */
export function checkBoundLimits(root: string, files: readonly string[]): string[] {
  return files
    .filter((file) => file.startsWith('src/store/sqlite/') && file.endsWith('.ts'))
    .flatMap((file) =>
      boundLimits(readFileSync(resolve(root, file), 'utf8')).map(
        (line) =>
          `${file}:${line}: SQLite plans a statement with "LIMIT ?" each time it runs; write "LIMIT +?"`,
      ),
    )
}
