import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { OperatorError, reasonOf } from '../../domain/operator-error.ts'
import type { TlsIdentity } from '../../http/connection/https-server.ts'
import { fileProblem, readSmallFile } from '../../store/small-file.ts'
import { type Config, ConfigError } from '../config/config.ts'

/** The files of a server that does TLS itself. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface Tls {
  readonly identity: TlsIdentity
  /** The certificate of the server, without those of its issuers. */
  readonly certificate: X509Certificate
}

/**
 * Finds the two files in the configuration. @returns null without TLS
 *
 * @throws ConfigError when the configuration names only one of the files
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
      advice: `Name the file with ${what} too, or leave out both.`,
    },
  ])
}

/**
 * Reads both files, and checks that a server can use them together.
 *
 * @throws OperatorError that names the faulty file and says how to correct it
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
          'does not begin with the certificate of the server',
          'Put that certificate first, followed by those of its issuers.',
        )
      : keyProblem(
          `does not belong to the certificate ${certFile}`,
          'Name the private key with which that certificate was requested.',
        )
  }
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw certProblem(
      `and the key ${keyFile} cannot be used: ${reasonOf(cause)}`,
      'Have a new certificate and key issued.',
      cause,
    )
  }
  return { identity: { cert, key }, certificate }
}

/** Says why clients refuse the certificate at this time. A server can use it all the same. @returns null when it is valid */
export function timeProblem({ certificate }: Tls, nowMs: number): string | null {
  if (certificate.validToDate.getTime() < nowMs) return `it expired on ${certificate.validTo}`
  if (certificate.validFromDate.getTime() > nowMs) return `it is valid only from ${certificate.validFrom}`
  return null
}

/** The host names in the certificate, without wildcards. */
export function namesOf({ certificate }: Tls): string[] {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([\w.-]+)(?:,|$)/g)]
  return names.map(([, name]) => name!)
}

/** Whether the certificate covers this name or address, so that clients accept it. */
export function isFor({ certificate }: Tls, host: string): boolean {
  const found = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  return found !== undefined
}

/** Makes an error about one file. @param problem follows the name of the file, and has no full stop */
type Problem = (problem: string, advice: string, cause?: unknown) => OperatorError

function read(file: string, problem: Problem): string {
  let bytes: Buffer
  try {
    bytes = readSmallFile(file)
  } catch (cause) {
    const { reason, advice } = fileProblem(cause)
    throw problem(`cannot be read: ${reason}`, advice, cause)
  }
  // These bytes begin a file in DER, the binary form of the same data.
  if (bytes[0] === 0x30 && bytes[1]! >= 0x80) {
    throw problem(
      'is not PEM but DER or PKCS#12',
      'Convert it to PEM: openssl x509 -inform der -in FILE for a certificate, ' +
        'openssl pkey -inform der -in FILE for a key, openssl pkcs12 -in FILE -nodes for both.',
    )
  }
  return bytes.toString('utf8')
}

function certificatesIn(text: string, file: string, problem: Problem): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) {
    throw text.includes('PRIVATE KEY-----')
      ? problem('holds a private key and no certificate', 'Check whether the two files were swapped.')
      : problem('holds no certificate', 'Name a PEM file, which contains -----BEGIN CERTIFICATE-----.')
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block)
    } catch (cause) {
      throw problem(
        `is damaged in certificate number ${index + 1}: ${reasonOf(cause)}`,
        `Get ${file} from its issuer again.`,
        cause,
      )
    }
  })
}

function privateKeyIn(text: string, file: string, problem: Problem): KeyObject {
  if (!text.includes('PRIVATE KEY-----')) {
    throw text.includes('-----BEGIN CERTIFICATE-----')
      ? problem('holds a certificate and no private key', 'Check whether the two files were swapped.')
      : problem('holds no private key', 'Name a PEM file, which contains -----BEGIN PRIVATE KEY-----.')
  }
  if (/ENCRYPTED PRIVATE KEY-----|^Proc-Type: .*ENCRYPTED/m.test(text)) {
    throw problem(
      'is protected by a passphrase',
      `Write it without one into a file that only this user may read: openssl pkey -in ${file} -out FILE`,
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
