import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OptionError, readOptions } from '../../bench/options/options.ts'

describe('options of the benchmark', () => {
  test('of a comparison', () => {
    const given = ['--against', 'v1.0', '--pairs', '3', '--only', 'single add', '--only', 'drain, 8 clients']
    assert.deepEqual(readOptions([...given, '--store', 'postgres', '--threads', '2']), {
      mode: 'against',
      serverFlags: ['--threads', '2'],
      revision: 'v1.0',
      store: 'postgres',
      isQuick: false,
      pairs: 3,
      only: ['single add', 'drain, 8 clients'],
    })
    assert.deepEqual(readOptions(['--against', 'HEAD~2', '--quick']), {
      mode: 'against',
      serverFlags: [],
      revision: 'HEAD~2',
      store: 'sqlite',
      isQuick: true,
      pairs: undefined,
      only: [],
    })
  })

  test('of all other modes', () => {
    const modes = (
      [
        [],
        ['--quick', '--rounds', '1', '--only', 'crawl cycle'],
        ['--growth', '--size', '10 thousand'],
        ['--steady', '--minutes', '0.5'],
        ['--store', 'postgres', '--servers', '2'],
        ['--store', 'postgres', '--drain', '100 thousand'],
      ] as const
    ).map((args) => readOptions(args)?.mode)
    assert.deepEqual(modes, ['workloads', 'workloads', 'growth', 'steady', 'postgres', 'drain'])
  })

  test('that are wrong are refused with what is allowed', () => {
    for (const [args, message] of [
      [['--only', 'single ad'], /--only.*It must be one of "single add", /],
      [['--pairs', '3'], /--pairs does not go with .*; it goes with --against/],
      [['--against', 'HEAD', '--rounds', '3'], /--rounds does not go with --against/],
      [['--against', 'HEAD', '--pairs', '0'], /whole number from 1 to 100/],
      [['--against', '--output=x'], /git revision/],
      [['--against', ''], /git revision/],
      [['--growth', '--only', 'crawl cycle'], /--only does not go with --growth/],
      [['--growth', '--store', 'postgres'], /--growth does not go with --store postgres/],
      [['--drain', '5000'], /--drain goes with --store postgres only/],
      [['--agianst', 'HEAD'], /Allowed are .*--against <REVISION>/],
      [['--store', 'mysql'], /sqlite or postgres/],
    ] as const) {
      assert.throws(
        () => readOptions(args),
        (error) => error instanceof OptionError && message.test(error.message),
        args.join(' '),
      )
    }
  })
})
