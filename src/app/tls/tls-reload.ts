import type { Logger } from 'pino'
import type { ClockSource } from '../../store/clock.ts'
import type { HttpThreads } from '../threads/http-threads.ts'
import { namesOf, readTls, type Tls, type TlsFiles, timeProblem } from './tls.ts'

/**
 * Has new connections see what is in the files now; connections that are there go on as they are. What cannot be used is
 * told in the log, and the certificate that was read before stays. @returns whether it was replaced
 */
export type ReloadTls = () => Promise<boolean>

/** One reload after the other, so that the last one asked for is the one that stays. */
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
      logger.error(`the certificate was not reloaded, the one that was read before stays in use: ${problem}`)
      return false
    }
    await http.renewTls(tls.identity)
    tellTls(tls, logger, clock)
    return true
  }

  return () => {
    const next = last.then(reload)
    last = next
    return next
  }
}

/** Leaves a line in the log about the certificate that is in use now, and a warning when clients will refuse it. */
export function tellTls(tls: Tls, logger: Logger, clock: Pick<ClockSource, 'wallMs'>): void {
  const { subject, validTo, fingerprint256 } = tls.certificate
  const about = { subject, names: namesOf(tls), validTo, fingerprint256 }
  const problem = timeProblem(tls, clock.wallMs())
  if (problem === null) logger.info(about, 'the certificate for TLS is in use')
  else logger.warn(about, `the certificate for TLS is in use, but clients will refuse it: ${problem}`)
}
