/**
 * A strict reader of the text format of Prometheus (version 0.0.4). It refuses everything that Prometheus refuses, and what its
 * conventions for names advise against.
 */
import assert from 'node:assert/strict'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

const metricName = /^[a-z_:][a-z0-9_:]*$/
const labelName = /^[a-z_][a-z0-9_]*$/
const number = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|\+Inf|-Inf|NaN)$/i

/** The families by name. Throws an AssertionError that names the line at the first fault. */
export function parseExposition(text: string): Map<string, Family> {
  assert.ok(text.endsWith('\n'), 'the last line ends with a line feed')
  const families = new Map<string, { name: string; help: string; type: Family['type']; samples: Sample[] }>()
  const helps = new Map<string, string>()
  const series = new Set<string>()
  let current: string | null = null
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    if (line.startsWith('# HELP ')) {
      const [, name, help] = /^# HELP (\S+) (.+)$/.exec(line) ?? assert.fail(line)
      assert.match(name!, metricName, line)
      assert.ok(!helps.has(name!), `a second help: ${line}`)
      helps.set(name!, help!)
    } else if (line.startsWith('# TYPE ')) {
      const [, name, type] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line) ?? assert.fail(line)
      assert.ok(!families.has(name!), `a second type, so its samples are not together: ${line}`)
      const help = helps.get(name!)
      assert.ok(help !== undefined, `no help before: ${line}`)
      families.set(name!, { name: name!, help, type: type as Family['type'], samples: [] })
      current = name!
    } else {
      assert.ok(!line.startsWith('#'), `a comment: ${line}`)
      const sample = sampleIn(line)
      const family = families.get(current ?? '')
      assert.ok(family !== undefined && belongs(sample.name, family), `it stands below another name: ${line}`)
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
      assert.ok(!series.has(key), `twice: ${line}`)
      series.add(key)
      family.samples.push(sample)
    }
  }
  for (const family of families.values()) checkFamily(family)
  return families
}

/** The sum of the samples with these labels. `name` may be that of a part of a histogram, such as `x_count`. */
export function valueIn(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const samples = [...families.values()].flatMap((family) => family.samples)
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)
}

function sampleIn(line: string): Sample {
  const [, name, braces, value] = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(line)
  assert.match(name!, metricName, line)
  assert.match(value!, number, line)
  return { name: name!, labels: labelsIn(braces ?? '', line), value: numberIn(value!) }
}

function labelsIn(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const [all, name, value] =
      /^([^=]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?!$)|$)/.exec(rest) ?? assert.fail(line)
    assert.match(name!, labelName, line)
    assert.ok(!name!.startsWith('__'), `a reserved label: ${line}`)
    assert.ok(!Object.hasOwn(labels, name!), `a label twice: ${line}`)
    labels[name!] = value!.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
    rest = rest.slice(all!.length)
  }
  return labels
}

function numberIn(text: string): number {
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text)
}

function belongs(sample: string, { name, type }: Pick<Family, 'name' | 'type'>): boolean {
  if (type !== 'histogram') return sample === name
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample)
}

/** https://prometheus.io/docs/practices/naming/ */
function checkFamily({ name, type, samples }: Family): void {
  assert.ok(samples.length > 0, `${name} has no samples`)
  assert.match(name, /^(?:headlock|process)_/, `${name} begins with the name of the application`)
  assert.doesNotMatch(
    name,
    /_(?:ms|millis|milliseconds|minutes|kb|mb|percent)(?:_|$)/,
    `${name} is in a base unit`,
  )
  assert.equal(name.endsWith('_total'), type === 'counter', `${name} ends with _total if it is a counter`)
  assert.doesNotMatch(name, /_(?:count|sum|bucket)$/, `${name} could be a part of a histogram`)
  for (const { value, labels } of samples) {
    assert.ok(type === 'gauge' || value >= 0, `${name} ${JSON.stringify(labels)} is ${value}`)
    assert.ok(!Number.isNaN(value), `${name} ${JSON.stringify(labels)} is not a number`)
  }
  if (type === 'histogram') checkHistogram(name, samples)
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => JSON.stringify(others))
  for (const [labels, group] of groups) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map((sample) =>
      numberIn(sample.labels['le'] ?? assert.fail(`${name} ${labels} has no le`)),
    )
    assert.deepEqual(
      bounds,
      [...new Set(bounds)].sort((a, b) => a - b),
      `the bounds of ${name} ${labels}`,
    )
    assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY, `the last bound of ${name} ${labels}`)
    const counts = buckets.map(({ value }) => value)
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      `the buckets of ${name} ${labels} are cumulative`,
    )
    const only = (part: string) => {
      const found = group.filter((sample) => sample.name === `${name}_${part}`)
      assert.equal(found.length, 1, `${name}_${part} ${labels}`)
      return found[0]!.value
    }
    assert.equal(only('count'), counts.at(-1), `the count of ${name} ${labels}`)
    assert.ok(only('sum') >= 0)
  }
}
