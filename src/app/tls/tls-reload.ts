import type { Logger } from 'pino'
import type { ClockSource } from '../../store/clock.ts'
import type { HttpThreads } from '../threads/http-threads.ts'
import { namesOf, readTls, type Tls, type TlsFiles, timeProblem } from './tls.ts'

/**
 * Reads the files again, and uses the new certificate for new connections. Open connections keep theirs. When the files
 * cannot be used, an error goes to the log and the old certificate stays in use.
 *
 * @returns whether the certificate was replaced
 */
export type ReloadTls = () => Promise<boolean>

/** Makes a function that reloads the files. Reloads run one after another, so the latest one wins. */
export function reloadOf(
  files: TlsFiles,
  http: Pick<HttpThreads, 'renewTls'>,
  logger: Logger,
  clock: Pick<ClockSource, 'wallMs'>,
): ReloadTls {
  let last: Promise<unknown> = Promise.resolve()

  async function reload(): Promise<boolean> {
    let tls: Tls
    try {
      tls = readTls(files)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      logger.error(`the certificate was not reloaded, and the old one stays in use: ${problem}`)
      return false
    }
    await http.renewTls(tls.identity)
    logTls(tls, logger, clock)
    return true
  }

  return () => {
    const next = last.then(reload)
    last = next
    return next
  }
}

/** Logs which certificate is in use now. The line is a warning when clients will refuse the certificate. */
export function logTls(tls: Tls, logger: Logger, clock: Pick<ClockSource, 'wallMs'>): void {
  const { subject, validTo, fingerprint256 } = tls.certificate
  const about = { subject, names: namesOf(tls), validTo, fingerprint256 }
  const problem = timeProblem(tls, clock.wallMs())
  if (problem === null) logger.info(about, 'the certificate for TLS is in use')
  else logger.warn(about, `the certificate for TLS is in use, but clients will refuse it: ${problem}`)
}
