/** The dashboard and the alerts use only what servers really serve. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { type Family, parseExposition } from '../../harness/metrics/exposition.ts'
import { type Ending, temporaryDatabase, temporaryDirectory } from '../../harness/server-process.ts'
import { parseStore } from '../../src/app/config/store-choice.ts'
import { refusalStatuses, statusClasses } from '../../src/figures/catalogue.ts'
import { createServer } from '../../src/index.ts'

const folder = new URL('../../deploy/', import.meta.url)
/** Labels that Prometheus adds. */
const targetLabels = ['job', 'instance']
/** Metrics of Prometheus itself. */
const ownMetrics = ['up']
const words = [
  ...['by', 'and', 'or', 'unless', 'sum', 'min', 'max', 'rate', 'deriv', 'changes', 'topk', 'time'],
  ...['histogram_quantile', 'label_values', 'e'],
]

interface Served {
  readonly labels: ReadonlySet<string>
  readonly type: Family['type']
  valuesOf(label: string): readonly string[]
}

/** The sample names that a server on either store serves, after it was used a little. */
async function servedNames(t: Ending): Promise<Map<string, Served>> {
  const names = new Map<string, Served>()
  const token = 'kJ8sd7fKJH3hd98shdkjhsdf'
  for (const kind of ['sqlite', 'postgres']) {
    const store = parseStore(kind === 'sqlite' ? kind : await temporaryDatabase(t))!
    const server = await createServer({
      ...{ port: 0, metricsPort: 0, threads: 1, logLevel: 'silent', token, store },
      dataDirectory: await temporaryDirectory(t),
    })
    const headers = { authorization: `Bearer ${token}` }
    await fetch(`${server.url}/v2/request-queues?name=a`, { method: 'POST', headers })
    const answer = await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)
    for (const { samples, type } of parseExposition(await answer.text()).values()) {
      for (const [name, same] of Map.groupBy(samples, (sample) => sample.name)) {
        names.set(name, {
          type,
          labels: new Set(same.flatMap(({ labels }) => Object.keys(labels))),
          valuesOf: (label) => [
            ...same.map(({ labels }) => labels[label] ?? ''),
            ...(label === 'status' && name.startsWith('headlock_call') ? statusClasses : refusalStatuses),
          ],
        })
      }
    }
    await server.close()
  }
  return names
}

function assertServed(expression: string, served: ReadonlyMap<string, Served>): void {
  const where = `in ${expression}`
  assert.equal(expression.split('(').length, expression.split(')').length, `parentheses ${where}`)
  const plain = expression.replace(/"[^"]*"/g, '""').replace(/\[[^\]]*\]/g, '')
  const used = new Set<string>()
  for (const [, name, , matchers = ''] of expression.matchAll(/\b([a-z]\w*_\w+|up)\b(\{([^}]*)\})?/g)) {
    if (words.includes(name!) || ownMetrics.includes(name!) || !/^(?:headlock|process)_/.test(name!)) continue
    const metric = served.get(name!)
    assert.ok(metric !== undefined, `no server serves ${name} ${where}`)
    used.add(name!)
    for (const [, label, operator, value] of matchers.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (targetLabels.includes(label!)) continue
      assert.ok(metric.labels.has(label!), `${name} has no label ${label} ${where}`)
      if (operator === '=')
        assert.ok(metric.valuesOf(label!).includes(value!), `${label} is never ${value} ${where}`)
    }
    const isRated = new RegExp(`\\brate\\(${name}\\b`).test(expression)
    assert.ok(metric.type === 'gauge' || isRated, `the rate of ${name} says more than its value ${where}`)
    assert.ok(metric.type !== 'gauge' || !isRated, `${name} is a gauge, which has no rate ${where}`)
  }
  for (const [, list] of plain.matchAll(/\bby \(([^)]*)\)/g)) {
    for (const label of list!.split(',').map((each) => each.trim())) {
      if (targetLabels.includes(label)) continue
      for (const name of used)
        assert.ok(served.get(name)!.labels.has(label), `${name} has no label ${label} ${where}`)
    }
  }
  const known = new Set([...words, ...ownMetrics, ...used, ...targetLabels])
  for (const name of used) for (const label of served.get(name)!.labels) known.add(label)
  for (const [word] of plain.matchAll(/(?<![\w$])[a-z_]\w*/gi))
    assert.ok(known.has(word), `what is ${word} ${where}`)
}

/** Every value of a member with this name, however deep. */
function valuesOf(name: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) =>
    key === name && typeof member === 'string' ? [member] : valuesOf(name, member),
  )
}

test('the dashboard and the alerts use names and labels that servers serve', async (t) => {
  const served = await servedNames(t)
  const dashboard = JSON.parse(await readFile(new URL('grafana/headlock.json', folder), 'utf8'))
  const shown = [...valuesOf('expr', dashboard), ...valuesOf('definition', dashboard)]
  assert.ok(shown.length > 30)
  for (const expression of shown) assertServed(expression, served)
  const rules = await readFile(new URL('prometheus/headlock-alerts.yml', folder), 'utf8')
  const alerts = rules.split(/^ {6}- alert: /m).slice(1)
  assert.ok(alerts.length >= 10)
  for (const alert of alerts) {
    const [, expression] = /^ {8}expr: (.+)$/m.exec(alert)!
    assertServed(expression!, served)
    assert.match(
      alert,
      /^Headlock\w+\n {8}expr: .+\n {8}for: \d+m\n {8}labels:\n {10}severity: (?:warning|critical)\n {8}annotations:\n {10}summary: .+\n {10}description: .+\n*$/,
    )
    for (const [, label] of alert.matchAll(/\$labels\.(\w+)/g)) {
      const has =
        targetLabels.includes(label!) || served.get('headlock_queue_pending_requests')!.labels.has(label!)
      assert.ok(has, `$labels.${label} of ${alert}`)
    }
  }
  const queueMetrics = [...served.keys()].filter((name) => name.startsWith('headlock_'))
  const documented = await readFile(new URL('../docs/operating.md', folder), 'utf8')
  for (const name of queueMetrics) {
    const family = name.replace(/_(?:bucket|sum|count)$/, '')
    assert.ok(documented.includes(`\`${family}\``), `docs/operating.md does not list ${family}`)
  }
})

test('the check finds names and labels that nobody serves', () => {
  const served: ReadonlyMap<string, Served> = new Map([
    ['headlock_refusals_total', { labels: new Set(['status']), type: 'counter', valuesOf: () => ['503'] }],
    ['headlock_connections', { labels: new Set<string>(), type: 'gauge', valuesOf: () => [] }],
  ])
  assertServed('sum by (instance) (rate(headlock_refusals_total{status="503"}[5m])) > 0', served)
  for (const [expression, fault] of [
    ['rate(headlock_refused_total[5m])', /no server serves headlock_refused_total/],
    ['rate(headlock_refusals_total{code="503"}[5m])', /no label code/],
    ['rate(headlock_refusals_total{status="5o3"}[5m])', /status is never 5o3/],
    ['sum by (route) (rate(headlock_refusals_total[5m]))', /no label route/],
    ['sum(rate(headlock_refusals_total[5m])', /parentheses/],
    ['headlock_refusals_total', /the rate of headlock_refusals_total/],
    ['rate(headlock_connections[5m])', /is a gauge/],
    ['rate(requests_total[5m])', /what is requests_total/],
  ] as const) {
    assert.throws(() => assertServed(expression, served), { message: fault }, expression)
  }
})
