import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { catalogue, type FigureDefinition } from '../../src/figures/catalogue.ts'
import { Figures, figureMemory } from '../../src/figures/figures.ts'
import { type HistogramReading, type NumberReading, readFigures } from '../../src/figures/read.ts'

test('what several threads count is read as one sum', async () => {
  const memory = figureMemory(3)
  new Figures({ memory, thread: 0 }).counter('refusals', { status: '404' }).add(3)
  await Promise.all([1, 2].map((thread) => countInThread(memory, thread)))

  const { 404: notFound, 503: unavailable, ...others } = refusalsIn(memory)
  assert.deepEqual([notFound, unavailable], [23, 2])
  assert.ok(Object.values(others).every((count) => count === 0))
})

test('a histogram counts each value once, up to the first bound that is not below it, and adds them up', () => {
  const memory = figureMemory(1)
  const histogram = new Figures({ memory, thread: 0 }).histogram('transactionCalls', {})
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

test('a gauge is the sum of what each thread has set', () => {
  const memory = figureMemory(2)
  for (const thread of [0, 1]) {
    const gauge = new Figures({ memory, thread }).gauge('connections', {})
    gauge.set(100)
    gauge.set(thread + 1)
  }
  const { value } = readFigures(memory).find(({ name }) => name === 'connections') as NumberReading
  assert.equal(value, 3)
})

test('calls are counted by the number of their route, and read by its name', () => {
  const memory = figureMemory(2)
  const figures = new Figures({ memory, thread: 1 })
  for (const route of ['0', '1', '7'] as const)
    figures.histogram('callMs', { route, status: '2xx' }).observe(1)
  const routes = [
    { method: 'any', route: 'none' },
    { method: 'GET', route: '/v2/users/me' },
  ]
  const calls = readFigures(memory, routes).filter(({ name }) => name === 'callMs')
  assert.deepEqual(
    calls.map(({ labels }) => labels),
    [
      { method: 'any', route: 'none', status: '2xx' },
      { method: 'GET', route: '/v2/users/me', status: '2xx' },
      { route: '7', status: '2xx' },
    ],
  )
})

test('no figure overwrites another one', () => {
  for (const name of Object.keys(catalogue) as (keyof typeof catalogue)[]) {
    const memory = figureMemory(2)
    const figures = new Figures({ memory, thread: 1 })
    const { kind } = catalogue[name]
    const labels = lastLabelsOf(name) as never
    if (kind === 'counter') figures.counter(name as 'refusals', labels).add()
    else if (kind === 'gauge') figures.gauge(name as 'heapBytes', labels).set(1)
    else figures.histogram(name as 'callMs', labels).observe(1e9)
    const touched = readFigures(memory).filter((reading) =>
      reading.kind === 'histogram'
        ? reading.sum !== 0 || reading.counts.some((count) => count !== 0)
        : reading.value !== 0,
    )
    assert.deepEqual(
      touched.map((reading) => reading.name),
      [name],
    )
  }
})

/** The last value of each label: its cells are the last ones of the figure. */
function lastLabelsOf(name: keyof typeof catalogue): Record<string, string> {
  const definition: FigureDefinition = catalogue[name]
  return Object.fromEntries(
    Object.entries(definition.labels ?? {}).map(([label, values]) => [label, values.at(-1)!]),
  )
}

function refusalsIn(memory: SharedArrayBuffer): Record<string, number> {
  const readings = readFigures(memory).filter(({ name }) => name === 'refusals') as NumberReading[]
  return Object.fromEntries(readings.map(({ labels, value }) => [labels['status'], value]))
}

/** Ten calls that are answered, and one that is refused. */
function countInThread(memory: SharedArrayBuffer, thread: number): Promise<void> {
  const figures = new URL('../../src/figures/figures.ts', import.meta.url).href
  const code = `
    const { workerData } = require('node:worker_threads')
    import('${figures}').then(({ Figures }) => {
      const figures = new Figures(workerData)
      const good = figures.counter('refusals', { status: '404' })
      for (let count = 0; count < 10; count++) good.add()
      figures.counter('refusals', { status: '503' }).add()
    })`
  return new Promise((resolve, reject) => {
    new Worker(code, { eval: true, workerData: { memory, thread } })
      .on('error', reject)
      .on('exit', () => resolve())
  })
}
