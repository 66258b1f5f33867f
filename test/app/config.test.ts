import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, test } from 'node:test'
import { ConfigError } from '../../src/app/config/config.ts'
import {
  defaultConfig,
  readConfig,
  readSettings,
  unknownVariables,
} from '../../src/app/config/read-config.ts'
import { settings } from '../../src/app/config/settings.ts'
import { tokenFault } from '../../src/domain/token-strength.ts'

const none = { flags: {}, environment: {} }

function problemsOf(sources: Partial<Parameters<typeof readConfig>[0]>): readonly string[] {
  try {
    readConfig({ ...none, ...sources })
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
}

describe('configuration', () => {
  test('has defaults for everything', () => {
    assert.deepEqual(readConfig(none), {
      host: '127.0.0.1',
      port: 4747,
      store: { kind: 'sqlite' },
      storeConnections: 10,
      dataDirectory: resolve('headlock-data'),
      threads: Number(settings.threads.byDefault),
      username: 'headlock',
      token: null,
      logLevel: 'info',
      rateLimits: 'off',
      retentionMs: 7 * 86_400_000,
      publicUrl: null,
      trustedProxies: null,
      tlsCertFile: null,
      tlsKeyFile: null,
      insecureHttp: false,
      corsOrigins: null,
      noQueryToken: false,
      metricsPort: null,
      metricsHost: '127.0.0.1',
      metricsQueues: 100,
    })
    assert.deepEqual(defaultConfig(), readConfig(none))
  })

  test('takes a flag before its variable, and the variable before the default', () => {
    const environment = { HEADLOCK_PORT: '5000', HEADLOCK_HOST: '0.0.0.0' }
    const config = readConfig({ flags: { '--port': '6000' }, environment })
    assert.equal(config.port, 6000)
    assert.equal(config.host, '0.0.0.0')
    assert.equal(config.logLevel, 'info')
  })

  test('reads every setting from its variable', () => {
    const config = readConfig({
      flags: {},
      environment: {
        HEADLOCK_HOST: '::1',
        HEADLOCK_PORT: '0',
        HEADLOCK_STORE: 'postgres://jane:secret@db.example.com/queues',
        HEADLOCK_STORE_CONNECTIONS: '1000',
        HEADLOCK_DATA: '/srv/queues',
        HEADLOCK_THREADS: '1',
        HEADLOCK_USERNAME: 'jane.doe',
        HEADLOCK_TOKEN: 'Zk3vQm8pR1tXw6bNc2L=',
        HEADLOCK_LOG_LEVEL: 'silent',
        HEADLOCK_RATE_LIMITS: 'hosted',
        HEADLOCK_RETENTION_DAYS: '0.5',
        HEADLOCK_PUBLIC_URL: 'https://queues.example.com/headlock/',
        HEADLOCK_TRUST_PROXY: '192.0.2.7, fd00::/8',
        HEADLOCK_TLS_CERT: '/srv/cert.pem',
        HEADLOCK_TLS_KEY: '/srv/key.pem',
        HEADLOCK_INSECURE_HTTP: '1',
        HEADLOCK_CORS_ORIGINS: 'https://app.example.com',
        HEADLOCK_NO_QUERY_TOKEN: 'true',
        HEADLOCK_METRICS_PORT: '9747',
        HEADLOCK_METRICS_HOST: '::1',
        HEADLOCK_METRICS_QUEUES: '0',
      },
    })
    assert.deepEqual(config, {
      host: '::1',
      port: 0,
      store: {
        kind: 'postgres',
        url: 'postgres://jane:secret@db.example.com/queues',
        schema: 'headlock',
      },
      storeConnections: 1000,
      dataDirectory: '/srv/queues',
      threads: 1,
      username: 'jane.doe',
      token: 'Zk3vQm8pR1tXw6bNc2L=',
      logLevel: 'silent',
      rateLimits: 'hosted',
      retentionMs: 43_200_000,
      publicUrl: 'https://queues.example.com/headlock',
      trustedProxies: ['192.0.2.7', 'fd00::/8'],
      tlsCertFile: '/srv/cert.pem',
      tlsKeyFile: '/srv/key.pem',
      insecureHttp: true,
      corsOrigins: ['https://app.example.com'],
      noQueryToken: true,
      metricsPort: 9747,
      metricsHost: '::1',
      metricsQueues: 0,
    })
  })

  test('cannot be changed', () => {
    assert.ok(Object.isFrozen(readConfig(none)))
  })

  test('treats an empty variable as not set', () => {
    assert.equal(readConfig({ flags: {}, environment: { HEADLOCK_PORT: '', HEADLOCK_TOKEN: '' } }).port, 4747)
  })

  test('reports all problems at once, each with the setting, its value and what is allowed', () => {
    const problems = problemsOf({
      flags: { '--port': '65536', '--log-level': 'loud' },
      environment: { HEADLOCK_RATE_LIMITS: 'some', HEADLOCK_LOG_LEVEL: 'info' },
    })
    assert.deepEqual(problems, [
      '--port was given "65536". Allowed is a whole number from 0 to 65535.',
      '--log-level was given "loud". Allowed is one of fatal, error, warn, info, debug, trace, silent.',
      'HEADLOCK_RATE_LIMITS was given "some". Allowed is one of off, hosted.',
    ])
  })

  const refused: Record<string, string[]> = {
    '--host': ['', ' ', '[::1]', '127.0.0.1:80', 'http://localhost', '-a', '256.1.1.1.'],
    '--port': ['', '-1', '1.5', '1e3', '0x10', 'http', '65536', ' 80'],
    '--store': ['', 'SQLite', 'postgres', '/var/lib/queues', 'headlock.sqlite'],
    '--store-connections': ['', '0', '-1', '1.5', '1001', '1e2'],
    '--data': ['', '  ', 'a\0b'],
    '--threads': ['', '0', '-1', '1.5', '65', 'all'],
    '--username': ['', '-a', 'a~b', 'a/b', 'a b', 'a'.repeat(64)],
    '--log-level': ['', 'INFO', 'verbose'],
    '--rate-limits': ['', 'on', 'Off'],
    '--retention-days': ['', '0', '0.0', '-1', '1e2', 'NaN', 'Infinity', '36501', '7d'],
    '--trust-proxy': ['', 'proxy', 'true', '10.0.0.0/33', '10.0.0.5,', 'https://10.0.0.5'],
    '--tls-cert': ['', ' ', 'a\0b'],
    '--tls-key': ['', ' ', 'a\0b'],
    '--insecure-http': ['', 'yes', 'on', '2'],
    '--public-url': [
      '',
      'example.com',
      'ftp://example.com',
      'http://u:p@example.com',
      'http://a/?b',
      'http://a/#b',
    ],
    '--cors-origins': [
      '',
      'example.com',
      'https://a.example/path',
      'https://*.example.com',
      'https://u@example.com',
      'null',
      'https://a.example,',
      '*,https://a.example',
      'https://a b',
    ],
    '--no-query-token': ['', 'yes', 'on', '2'],
    '--metrics-port': ['', '-1', '65536', 'on', '127.0.0.1:9747'],
    '--metrics-host': ['', 'http://localhost', 'a b'],
    '--metrics-queues': ['', '-1', '1001', 'all', '1.5'],
  }
  for (const [flag, values] of Object.entries(refused)) {
    test(`refuses bad values of ${flag}`, () => {
      for (const value of values) {
        const problems = problemsOf({ flags: { [flag]: value } })
        assert.equal(problems.length, 1, `${flag} ${JSON.stringify(value)}`)
        assert.ok(
          problems[0]?.startsWith(`${flag} was given ${JSON.stringify(value)}. Allowed is `),
          problems[0],
        )
      }
    })
  }

  test('refuses a token that is short, long, easy to guess or does not fit in a header, and never repeats it', () => {
    for (const token of [
      'brief',
      'x'.repeat(201),
      'has a space in it',
      'umlauts-äöü-and-more',
      'line\nbreaks-in-token',
      'changeme-changeme-changeme',
    ]) {
      const problems = problemsOf({ environment: { HEADLOCK_TOKEN: token } })
      assert.equal(problems.length, 1)
      assert.ok(
        problems[0]?.startsWith(
          `HEADLOCK_TOKEN was given a value of ${token.length} characters that ${tokenFault(token)}. Allowed is 20 to 200 `,
        ),
      )
      assert.ok(!problems[0]?.includes(token))
    }
  })

  test('takes origins as browsers write them', () => {
    const given =
      'https://App.Example.com/, http://localhost:3000,https://b.example:443,chrome-extension://abc,http://localhost:3000'
    const { corsOrigins } = readConfig({ flags: { '--cors-origins': given }, environment: {} })
    assert.deepEqual(corsOrigins, [
      'https://app.example.com',
      'http://localhost:3000',
      'https://b.example',
      'chrome-extension://abc',
    ])
    const all = readConfig({ flags: {}, environment: { HEADLOCK_CORS_ORIGINS: ' * ' } })
    assert.deepEqual(all.corsOrigins, ['*'])
    assert.equal(readConfig({ flags: {}, environment: {} }).corsOrigins, null)
  })

  test('takes a switch from its flag and its variable', () => {
    const readSwitch = (flag: string | undefined, variable: string | undefined) =>
      readConfig({
        flags: { '--no-query-token': flag },
        environment: { HEADLOCK_NO_QUERY_TOKEN: variable },
      }).noQueryToken
    assert.deepEqual(
      [
        readSwitch(undefined, undefined),
        readSwitch('true', 'false'),
        readSwitch(undefined, '1'),
        readSwitch(undefined, 'FALSE'),
      ],
      [false, true, true, false],
    )
  })

  test('has no flag for the token', () => {
    assert.equal(settings.token.flag, null)
    assert.equal(readConfig({ flags: { '--token': 'x'.repeat(20) }, environment: {} }).token, null)
  })

  test('keeps a retention of less than a millisecond above 0', () => {
    assert.equal(readConfig({ flags: { '--retention-days': '0.000000001' }, environment: {} }).retentionMs, 1)
  })

  test('can be read for some settings alone', () => {
    const environment = { HEADLOCK_PORT: 'nonsense', HEADLOCK_USERNAME: 'jane' }
    assert.deepEqual(readSettings(['username'], { flags: {}, environment }), { username: 'jane' })
  })

  test('notices variables that look like settings, but not those of Kubernetes', () => {
    const environment = {
      HEADLOCK_PORT: '1',
      HEADLOCK_PROT: '1',
      HEADLOCK_SERVICE_HOST: '10.0.0.1',
      HEADLOCK_PORT_4747_TCP: 'x',
      PATH: '',
    }
    assert.deepEqual(unknownVariables(environment), ['HEADLOCK_PROT'])
  })
})
