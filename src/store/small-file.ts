/**
 * Files that a setting names, such as a certificate. A pipe could block the process forever, and a device
 * such as /dev/zero never ends. So only regular files of a bounded size are read.
 */

import { closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs'
import { reasonOf } from '../domain/operator-error.ts'

/** Chains of certificates and keys are far smaller. */
const bytesMax = 1_048_576

/** What is in the place of a file, with its article. */
export function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a directory'
  if (found.isFIFO()) return 'a pipe (FIFO)'
  if (found.isSocket()) return 'a socket'
  return 'a device'
}

/**
 * Reads a regular file, or the one that a symbolic link leads to.
 *
 * @throws Error that `fileProblem` puts into words
 */
export function readSmallFile(file: string): Buffer {
  const found = statSync(file)
  if (!found.isFile()) throw new UnfitFile(`it is ${kindOf(found)}`, adviceFor(found))
  // A pipe that takes the place of the file meanwhile does not block either. Windows has no such flag.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    return readAll(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Says why a file cannot be read, in a clause, and what to do. */
export function fileProblem(cause: unknown): { readonly reason: string; readonly advice: string } {
  if (cause instanceof UnfitFile) return { reason: cause.message, advice: cause.advice }
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return { reason: 'there is no such file', advice: 'Correct the path.' }
  if (code === 'EACCES') {
    return { reason: 'this user may not read it', advice: 'Let the user that runs Headlock read the file.' }
  }
  return { reason: reasonOf(cause), advice: 'Make the file readable, or name another one.' }
}

class UnfitFile extends Error {
  readonly advice: string

  constructor(reason: string, advice: string) {
    super(reason)
    this.advice = advice
  }
}

function adviceFor(found: Stats): string {
  return found.isDirectory() ? 'Name the file in it.' : 'Name a regular file, or a symbolic link to one.'
}

function readAll(descriptor: number): Buffer {
  // With one more byte, a file that is too large differs from one that just fits.
  const bytes = Buffer.alloc(bytesMax + 1)
  let length = 0
  while (length <= bytesMax) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null)
    if (read === 0) return bytes.subarray(0, length)
    length += read
  }
  throw new UnfitFile('it is larger than 1 MiB, and no certificate or key is', 'Name another file.')
}
