import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { groupOf } from '../../src/domain/policy/group-of.ts'
import { hostOf } from '../../src/domain/policy/host-names.ts'

/** Whatever a URL may have between its scheme and its path, and more that looks like it. */
const authorities = fc.oneof(
  fc.stringMatching(/^[a-zA-Z\d._:@-]{0,24}$/),
  fc.stringMatching(/^[a-z]{0,3}(\.[a-z\d-]{1,4}){0,3}(:\d{0,6})?$/),
  fc
    .array(
      fc.constantFrom(
        'a',
        'B',
        '1',
        '0x7f',
        'xn--',
        'xn--bcher-kva',
        'ü',
        '-',
        '_',
        '.',
        ':80',
        '@',
        '%61',
        '\t',
        '\\',
      ),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join('')),
)
const urls = fc
  .tuple(
    fc.constantFrom('http://', 'https://', 'HTTP://', 'http:/', 'http:', ' https://', 'ht\ntp://'),
    authorities,
    fc.constantFrom('', '/', '/a@b:c', '?q', '#f', '\\x', ' ', '\n', '/\n@x', ':', ':0/', ':99999'),
  )
  .map((parts) => parts.join(''))

test('13.3 the host of a URL is the one of the URL standard', () => {
  fc.assert(
    fc.property(urls, (url) => {
      const standard = URL.parse(url)
      // Requests have only URLs that the standard can read.
      if (standard !== null) assert.equal(hostOf(url), standard.hostname)
    }),
    { numRuns: 20_000 },
  )
})

test('13.3 the group of a URL by host', () => {
  const groups: Record<string, string> = {
    'https://example.com/a': 'example.com',
    'HTTPS://User:Pass@Example.COM:8080/a': 'example.com',
    'https://bücher.example/': 'xn--bcher-kva.example',
    ' http:example.com ': 'example.com',
    'http://127.1/': '127.0.0.1',
    'http://[::1]:80/': '[::1]',
    'https://localhost': 'localhost',
    'no URL': '',
  }
  for (const [url, group] of Object.entries(groups)) {
    assert.equal(groupOf(url, null), group, url)
    assert.equal(groupOf(url, 'host'), group, url)
  }
})

test('13.3 the group of a URL by registrable domain', () => {
  const groups: Record<string, string> = {
    'https://www.shop.example.com/a': 'example.com',
    'https://example.com/a': 'example.com',
    'https://a.b.example.co.uk/': 'example.co.uk',
    'https://www.bücher.de/': 'xn--bcher-kva.de',
    // Sites of different people.
    'https://ann.github.io/': 'ann.github.io',
    'https://www.ann.github.io/': 'ann.github.io',
    // Neither an address nor a name without a suffix has a domain.
    'https://co.uk/': 'co.uk',
    'https://localhost:3000/': 'localhost',
    'https://192.168.0.1/': '192.168.0.1',
    'https://[2001:db8::1]/': '[2001:db8::1]',
    'no URL': '',
  }
  for (const [url, group] of Object.entries(groups)) assert.equal(groupOf(url, 'domain'), group, url)
})

test('a name that is longer than names can be is a group that can be stored', () => {
  const end = `${'x'.repeat(60)}.example.com`
  for (const groupBy of ['host', 'domain'] as const) {
    assert.ok(groupOf(`https://${'a.'.repeat(500_000)}${end}/`, groupBy).length <= 253)
  }
})
