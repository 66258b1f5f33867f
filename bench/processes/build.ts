import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** What is measured: a directory with the program in it. */
export interface Build {
  readonly name: string
  readonly directory: string
  /** The Node.js that runs it. */
  readonly node: string
}

/** The files as they are here, whatever of them is committed. */
export const thisBuild: Build = {
  name: 'here',
  directory: resolve(import.meta.dirname, '../..'),
  node: process.execPath,
}

/** The Node.js that a directory brings along; this one where it brings none. */
export function nodeOf(directory: string): string {
  const brought = join(directory, 'node_modules/.bin/node')
  return existsSync(brought) ? brought : process.execPath
}
