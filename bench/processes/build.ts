import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A build to measure: a directory that contains the program. */
export interface Build {
  readonly name: string
  readonly directory: string
  /** The Node.js that runs it. */
  readonly node: string
}

/** The working tree, with uncommitted changes. */
export const thisBuild: Build = {
  name: 'here',
  directory: resolve(import.meta.dirname, '../..'),
  node: process.execPath,
}

/** The Node.js that is installed in the directory, or this one. */
export function nodeOf(directory: string): string {
  const brought = join(directory, 'node_modules/.bin/node')
  return existsSync(brought) ? brought : process.execPath
}
