import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { TlsIdentity } from '../../http/connection/https-server.ts'
import { type Config, ConfigError } from '../config/config.ts'

/** The two files of a server that does TLS itself. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface Tls {
  readonly identity: TlsIdentity
  /** That of the server, without those behind it. */
  readonly certificate: X509Certificate
}

/**
 * The files that the configuration names; null: no TLS.
 *
 * @throws ConfigError when it names one of two
 */
export function tlsFilesOf({
  tlsCertFile,
  tlsKeyFile,
}: Pick<Config, 'tlsCertFile' | 'tlsKeyFile'>): TlsFiles | null {
  if (tlsCertFile !== null && tlsKeyFile !== null) return { certFile: tlsCertFile, keyFile: tlsKeyFile }
  if (tlsCertFile === null && tlsKeyFile === null) return null
  const [given, missing, what] =
    tlsKeyFile === null
      ? ['--tls-cert', '--tls-key', 'the private key of the certificate']
      : ['--tls-key', '--tls-cert', 'the certificate']
  throw new ConfigError([
    {
      problem: `${given} was given without ${missing}.`,
      advice: `Name the file with ${what} too, or neither.`,
    },
  ])
}

/**
 * Reads both files and sees that they make a server.
 *
 * @throws OperatorError that names the file and says how to mend it
 */
export function readTls({ certFile, keyFile }: TlsFiles): Tls {
  const certProblem: Problem = (problem, advice, cause) =>
    new OperatorError(`The certificate ${certFile} (--tls-cert) ${problem}.`, advice, { cause })
  const keyProblem: Problem = (problem, advice, cause) =>
    new OperatorError(`The private key ${keyFile} (--tls-key) ${problem}.`, advice, { cause })
  const cert = read(certFile, certProblem)
  const key = read(keyFile, keyProblem)
  const chain = certificatesIn(cert, certFile, certProblem)
  const privateKey = privateKeyIn(key, keyFile, keyProblem)
  const certificate = chain[0]!
  if (!certificate.checkPrivateKey(privateKey)) {
    throw chain.some((other) => other.checkPrivateKey(privateKey))
      ? certProblem(
          'has the certificate of the server behind others',
          'Put it first, and those of its issuers behind it.',
        )
      : keyProblem(
          `does not belong to the certificate ${certFile}`,
          'Name the key with which that one was asked for.',
        )
  }
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw certProblem(
      `and the key ${keyFile} cannot be used: ${reasonOf(cause)}`,
      'Have a new pair issued.',
      cause,
    )
  }
  return { identity: { cert, key }, certificate }
}

/** What is wrong with the time of a certificate, for a warning: clients refuse it, though a server may show it; else null. */
export function timeProblem({ certificate }: Tls, nowMs: number): string | null {
  if (certificate.validToDate.getTime() < nowMs) return `it expired on ${certificate.validTo}`
  if (certificate.validFromDate.getTime() > nowMs) return `it is valid only from ${certificate.validFrom}`
  return null
}

/** The names that it is for, without patterns. */
export function namesOf({ certificate }: Tls): string[] {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([\w.-]+)(?:,|$)/g)]
  return names.map(([, name]) => name!)
}

/** Whether clients that reach the server by this name or address take the certificate for its own. */
export function isFor({ certificate }: Tls, host: string): boolean {
  const found = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  return found !== undefined
}

/** @param problem follows the name of the file, without a full stop */
type Problem = (problem: string, advice: string, cause?: unknown) => OperatorError

function read(file: string, problem: Problem): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    const [reason, advice] = readProblem(cause)
    throw problem(`cannot be read: ${reason}`, advice, cause)
  }
  // How DER begins, which is the same in another writing.
  if (bytes[0] === 0x30 && bytes[1]! >= 0x80) {
    throw problem(
      'is not PEM but DER or PKCS#12',
      'Write it as PEM: openssl x509 -inform der -in FILE for a certificate, ' +
        'openssl pkey -inform der -in FILE for a key, openssl pkcs12 -in FILE -nodes for both.',
    )
  }
  return bytes.toString('utf8')
}

function readProblem(cause: unknown): [reason: string, advice: string] {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return ['there is no such file', 'Name the right one, as a path of this machine.']
  if (code === 'EACCES')
    return ['this user may not read it', 'Give the file to the user that runs Headlock, or let it read it.']
  if (code === 'EISDIR') return ['it is a directory', 'Name the file in it.']
  return [reasonOf(cause), 'See that it can be read, or name another file.']
}

function certificatesIn(text: string, file: string, problem: Problem): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) {
    throw text.includes('PRIVATE KEY-----')
      ? problem('holds a private key and no certificate', 'Were the two files taken for each other?')
      : problem('holds no certificate', 'It has to be PEM: -----BEGIN CERTIFICATE-----, and so on.')
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block)
    } catch (cause) {
      throw problem(
        `is damaged in its certificate number ${index + 1}: ${reasonOf(cause)}`,
        `Fetch ${file} again from its issuer.`,
        cause,
      )
    }
  })
}

function privateKeyIn(text: string, file: string, problem: Problem): KeyObject {
  if (!text.includes('PRIVATE KEY-----')) {
    throw text.includes('-----BEGIN CERTIFICATE-----')
      ? problem('holds a certificate and no private key', 'Were the two files taken for each other?')
      : problem('holds no private key', 'It has to be PEM: -----BEGIN PRIVATE KEY-----, and so on.')
  }
  if (/ENCRYPTED PRIVATE KEY-----|^Proc-Type: .*ENCRYPTED/m.test(text)) {
    throw problem(
      'is locked with a passphrase',
      `Write it without one, readable for this user alone: openssl pkey -in ${file} -out FILE`,
    )
  }
  try {
    return createPrivateKey(text)
  } catch (cause) {
    throw problem(
      `cannot be used: ${reasonOf(cause)}`,
      'Make a new key, and have a certificate issued for it.',
      cause,
    )
  }
}
