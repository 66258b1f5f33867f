import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { catalogue } from '../../src/figures/catalogue.ts'
import { Figures, figureMemory } from '../../src/figures/figures.ts'
import { type CounterReading, type HistogramReading, readFigures } from '../../src/figures/read.ts'

test('what several threads count is read as one sum', async () => {
  const memory = figureMemory(3)
  new Figures({ memory, thread: 0 }).counter('calls', { status: '2xx' }).add(3)
  await Promise.all([1, 2].map((thread) => countInThread(memory, thread)))

  assert.deepEqual(callsIn(memory), { '2xx': 23, '3xx': 0, '4xx': 2, '5xx': 0, none: 0 })
})

test('a histogram counts each value once, up to the first bound that is not below it, and adds them up', () => {
  const memory = figureMemory(1)
  const histogram = new Figures({ memory, thread: 0 }).histogram('transactionCalls')
  for (const value of [1, 2, 3, 512, 513]) histogram.observe(value)

  const { bounds, counts, sum } = readFigures(memory).find(
    ({ name }) => name === 'transactionCalls',
  ) as HistogramReading
  const counted = counts
    .map((count, index) => [bounds[index] ?? 'above', count])
    .filter(([, count]) => count !== 0)
  assert.deepEqual(counted, [
    [1, 1],
    [2, 1],
    [4, 1],
    [512, 1],
    ['above', 1],
  ])
  assert.equal(sum, 1031)
})

test('no figure overwrites another one', () => {
  for (const name of Object.keys(catalogue) as (keyof typeof catalogue)[]) {
    const memory = figureMemory(2)
    const figures = new Figures({ memory, thread: 1 })
    const { kind } = catalogue[name]
    if (kind === 'counter') figures.counter(name as 'calls', { status: 'none' }).add()
    else figures.histogram(name as 'callMs').observe(1e9)
    const touched = readFigures(memory).filter((reading) =>
      reading.kind === 'counter'
        ? reading.value !== 0
        : reading.sum !== 0 || reading.counts.some((count) => count !== 0),
    )
    assert.deepEqual(
      touched.map((reading) => reading.name),
      [name],
    )
  }
})

function callsIn(memory: SharedArrayBuffer): Record<string, number> {
  const readings = readFigures(memory).filter(({ name }) => name === 'calls') as CounterReading[]
  return Object.fromEntries(readings.map(({ labels, value }) => [labels['status'], value]))
}

/** Ten calls that are answered, and one that is refused. */
function countInThread(memory: SharedArrayBuffer, thread: number): Promise<void> {
  const figures = new URL('../../src/figures/figures.ts', import.meta.url).href
  const code = `
    const { workerData } = require('node:worker_threads')
    import('${figures}').then(({ Figures }) => {
      const figures = new Figures(workerData)
      const good = figures.counter('calls', { status: '2xx' })
      for (let count = 0; count < 10; count++) good.add()
      figures.counter('calls', { status: '4xx' }).add()
    })`
  return new Promise((resolve, reject) => {
    new Worker(code, { eval: true, workerData: { memory, thread } })
      .on('error', reject)
      .on('exit', () => resolve())
  })
}
