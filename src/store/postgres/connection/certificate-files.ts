import { OperatorError } from '../../../domain/operator-error.ts'
import { fileProblem, readSmallFile } from '../../small-file.ts'

/** The parameters of a URL that name files. The driver reads them whole, whatever they are. */
const fileParameters = ['sslrootcert', 'sslcert', 'sslkey'] as const

/**
 * Checks the files that the URL of a database names, before the driver reads them.
 *
 * @throws OperatorError that names a file that cannot be read, or is no regular file of a bounded size
 */
export function assertCertificateFiles(url: string): void {
  const { searchParams } = new URL(url)
  for (const parameter of fileParameters) {
    // The driver takes the last of several. An empty one names no file.
    const file = searchParams.getAll(parameter).at(-1) ?? ''
    if (file === '') continue
    try {
      readSmallFile(file)
    } catch (cause) {
      const { reason, advice } = fileProblem(cause)
      throw new OperatorError(
        `The file ${file} (${parameter} in the URL of the store) cannot be read: ${reason}.`,
        advice,
        { cause },
      )
    }
  }
}
