import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OptionError, readOptions } from '../../demo/options.ts'

test('without options: three crawlers and some hundred pages', () => {
  const options = readOptions([])
  assert.equal(options?.crawlers, 3)
  assert.equal(options?.pages, 300)
  assert.equal(options?.store, 'sqlite')
  assert.equal(options?.keep, false)
})

test('options are read, and --pages wins over --fast', () => {
  const options = readOptions(['--fast', '--pages', '120', '--seed', '0', '--crawlers', '5', '--keep'])
  assert.equal(options?.pages, 120)
  assert.equal(options?.seed, 0)
  assert.equal(options?.crawlers, 5)
  assert.equal(options?.keep, true)
  assert.equal(readOptions(['--help']), null)
})

test('--polite has sites of its own, and takes the other options', () => {
  const options = readOptions(['--polite', '--crawlers', '2', '--seed', '7'])
  assert.deepEqual([options?.polite?.sites, options?.polite?.crawlers, options?.polite?.seed], [30, 2, 7])
  assert.equal(readOptions([])?.polite, null)
})

const refused: [args: string[], message: RegExp][] = [
  [['--page', '3'], /Unknown option '--page'.*--pages N/s],
  [['300'], /Unexpected argument '300'.*--pages N/s],
  [['--pages'], /--pages/],
  [['--polite', '--pages', '90'], /--pages cannot be used with --polite/],
  [['--pages', '19'], /--pages must be a whole number from 20 to 5000, not "19"/],
  [['--pages', '1e3'], /--pages must be .*, not "1e3"/],
  [['--crawlers', '1'], /--crawlers must be a whole number from 2 to 9, not "1"/],
  [['--seed', '4294967296'], /--seed must be/],
  [['--fast=no'], /--fast/],
  [['--store', 'mysql'], /--store must be sqlite or postgres, not "mysql"/],
  [['--store', 'postgres', '--keep'], /--keep/],
]

for (const [args, message] of refused) {
  test(`refused: ${args.join(' ')}`, () => {
    assert.throws(
      () => readOptions(args),
      (error) => error instanceof OptionError && message.test(error.message),
    )
  })
}
