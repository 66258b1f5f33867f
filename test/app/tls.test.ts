import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { makePipe, runBounded } from '../../harness/bounded-run.ts'
import { lockedKey, named, one, other } from '../../harness/certificates.ts'
import { temporaryDirectory } from '../../harness/server-process.ts'
import { ownUrl } from '../../src/app/config/exposure.ts'
import { isFor, namesOf, readTls, timeProblem, tlsFilesOf } from '../../src/app/tls/tls.ts'

interface Contents {
  readonly cert: string | Buffer | null
  readonly key: string | Buffer | null
}

/** Writes both files, those that are not null, and reads them. */
async function read(t: TestContext, { cert, key }: Contents) {
  const directory = await temporaryDirectory(t)
  const files = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') }
  if (cert !== null) await writeFile(files.certFile, cert)
  if (key !== null) await writeFile(files.keyFile, key)
  return readTls(files)
}

describe('the certificate and the key of a server', () => {
  test('are accepted, also with a chain of certificates', async (t) => {
    const cert = one.cert + other.cert
    const { identity, certificate } = await read(t, { cert, key: one.key })
    assert.deepEqual(identity, { cert, key: one.key })
    assert.match(certificate.subject, /Headlock test one/)
  })

  test('may be in one file', async (t) => {
    const both = one.key + one.cert
    assert.match((await read(t, { cert: both, key: both })).certificate.subject, /Headlock test one/)
  })

  const der = Buffer.from(one.cert.replace(/-----.*-----|\n/g, ''), 'base64')
  const damaged = one.cert.replace(/MII/, 'AAA')
  const refused: [what: string, contents: Contents, message: RegExp][] = [
    [
      'no certificate file',
      { cert: null, key: one.key },
      /^The certificate \S+cert\.pem \(--tls-cert\) cannot be read: there is no such file\. Correct the path/,
    ],
    [
      'no key file',
      { cert: one.cert, key: null },
      /^The private key \S+key\.pem \(--tls-key\) cannot be read: there is no such file\. Correct the path/,
    ],
    [
      'an empty certificate',
      { cert: '', key: one.key },
      /cert\.pem \(--tls-cert\) holds no certificate\. Name a PEM file/,
    ],
    [
      'an empty key',
      { cert: one.cert, key: '' },
      /key\.pem \(--tls-key\) holds no private key\. Name a PEM file/,
    ],
    [
      'the two files swapped',
      { cert: one.key, key: one.cert },
      /cert\.pem \(--tls-cert\) holds a private key and no certificate\. Check whether/,
    ],
    [
      'a certificate in place of the key',
      { cert: one.cert, key: one.cert },
      /key\.pem \(--tls-key\) holds a certificate and no private key\. Check whether/,
    ],
    [
      'DER',
      { cert: der, key: one.key },
      /cert\.pem \(--tls-cert\) is not PEM but DER or PKCS#12\. Convert it to PEM: openssl x509 -inform der/,
    ],
    [
      'a damaged certificate',
      { cert: damaged, key: one.key },
      /cert\.pem \(--tls-cert\) is damaged in certificate number 1: .*\. Get \S+cert\.pem from its issuer again\.$/,
    ],
    [
      'damage behind the certificate',
      { cert: one.cert + damaged, key: one.key },
      /is damaged in certificate number 2/,
    ],
    [
      'a damaged key',
      { cert: one.cert, key: one.key.replace('MIGH', 'AAAA') },
      /key\.pem \(--tls-key\) cannot be used: .*\. Make a new key/,
    ],
    [
      'a locked key',
      { cert: one.cert, key: lockedKey },
      /key\.pem \(--tls-key\) is protected by a passphrase\. .*: openssl pkey -in \S+key\.pem -out FILE$/,
    ],
    [
      'a key of another certificate',
      { cert: one.cert, key: other.key },
      /key\.pem \(--tls-key\) does not belong to the certificate \S+cert\.pem\. Name the private key/,
    ],
    [
      'the wrong order',
      { cert: other.cert + one.cert, key: one.key },
      /cert\.pem \(--tls-cert\) does not begin with the certificate of the server\. Put that certificate first/,
    ],
  ]
  for (const [what, contents, message] of refused) {
    test(`refused, with the file and what to do: ${what}`, (t) =>
      assert.rejects(read(t, contents), { message }))
  }

  test('refused: a directory', async (t) => {
    const directory = await temporaryDirectory(t)
    const [certFile, keyFile] = [join(directory, 'a'), join(directory, 'b')]
    await mkdir(certFile)
    assert.throws(() => readTls({ certFile, keyFile }), {
      message: /cannot be read: it is a directory\. Name the file in it\.$/,
    })
  })

  // Windows has neither pipes with names nor devices in its file system.
  if (process.platform !== 'win32') {
    test('refused, before they are read: a pipe and a device', async (t) => {
      const directory = await temporaryDirectory(t)
      const [pipe, device] = [join(directory, 'pipe'), join(directory, 'device')]
      makePipe(pipe)
      await symlink('/dev/zero', device)
      const key = join(directory, 'key.pem')
      await writeFile(key, one.key)
      const refused = (what: string) => ({
        name: 'OperatorError',
        message: new RegExp(
          `cannot be read: it is ${what}\\. Name a regular file, or a symbolic link to one\\.\\s*$`,
        ),
      })
      assert.throws(() => readTls({ certFile: device, keyFile: key }), refused('a device'))
      assert.match(
        runBounded(['serve', '--tls-cert', pipe, '--tls-key', key]).stderr,
        refused('a pipe \\(FIFO\\)').message,
      )
    })
  }

  test('refused: a file that is far too large', async (t) =>
    assert.rejects(read(t, { cert: one.cert + ' '.repeat(1_048_576), key: one.key }), {
      message: /cannot be read: it is larger than 1 MiB, and no certificate or key is\. Name another file\.$/,
    }))

  test('are accepted through symbolic links, as Kubernetes makes them', async (t) => {
    const directory = await temporaryDirectory(t)
    await mkdir(join(directory, '..2026'))
    await symlink('..2026', join(directory, '..data'))
    for (const [name, text] of [
      ['tls.crt', one.cert],
      ['tls.key', one.key],
    ] as const) {
      await writeFile(join(directory, '..2026', name), text)
      await symlink(join('..data', name), join(directory, name))
    }
    const files = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') }
    assert.match(readTls(files).certificate.subject, /Headlock test one/)
  })

  test('must both be set, or neither', () => {
    assert.equal(tlsFilesOf({ tlsCertFile: null, tlsKeyFile: null }), null)
    assert.deepEqual(tlsFilesOf({ tlsCertFile: '/c', tlsKeyFile: '/k' }), { certFile: '/c', keyFile: '/k' })
    const half = (message: RegExp) => ({ name: 'ConfigError', message })
    assert.throws(
      () => tlsFilesOf({ tlsCertFile: '/c', tlsKeyFile: null }),
      half(/^--tls-cert was given without --tls-key\./),
    )
    assert.throws(
      () => tlsFilesOf({ tlsCertFile: null, tlsKeyFile: '/k' }),
      half(/^--tls-key was given without --tls-cert\./),
    )
  })

  test('reports the names of the certificate, and whether clients would refuse it now', async (t) => {
    const tls = await read(t, named)
    assert.deepEqual(namesOf(tls), ['queues.example.com'])
    assert.ok(isFor(tls, 'queues.example.com') && isFor(tls, 'other.example.com'))
    assert.ok(!isFor(tls, '127.0.0.1') && !isFor(tls, 'localhost'))
    assert.equal(timeProblem(tls, Date.UTC(2030, 0)), null)
    assert.match(timeProblem(tls, Date.UTC(2127, 0))!, /^it expired on Jan +1 .* 2126/)
    assert.match(timeProblem(tls, Date.UTC(2019, 0))!, /^it is valid only from Jan +1 .* 2020/)
  })

  test('the base URL for clients has a name of the certificate', async (t) => {
    const [forLocal, forName] = [await read(t, one), await read(t, named)]
    const address = { address: '192.168.1.5', interfaceName: 'eth0', isPublic: false }
    const exposure = { protection: 'tls', addresses: [address] } as const
    const loopback = { protection: null, addresses: [] } as const
    assert.equal(ownUrl('0.0.0.0', 4747, exposure, forName), 'https://queues.example.com:4747')
    assert.equal(ownUrl('0.0.0.0', 4747, exposure, forLocal), 'https://127.0.0.1:4747')
    assert.equal(ownUrl('127.0.0.1', 4747, loopback, forLocal), 'https://127.0.0.1:4747')
    assert.equal(ownUrl('127.0.0.1', 4747, loopback, forName), 'https://queues.example.com:4747')
  })
})
