/**
 * The document of a policy, as callers send it (13.1). It is stored as it came, and converted when it is used.
 * A document that was taken once has to be taken forever: a later version may allow more, but not less.
 */
import {
  booleanAt,
  integerAt,
  type JsonObject,
  listAt,
  member,
  numberAt,
  objectAt,
  positiveSecsAt,
  refuse,
  secsAt,
  shown,
} from './fields.ts'
import { readHostPattern } from './host-pattern.ts'
import { policyLimits as limits } from './limits.ts'
import type { GroupBy, GroupRule, Policy, PriorityRule, RetryCurve, Revisit } from './policy.ts'

const fieldNames = [
  'groupBy',
  'rules',
  'adaptive',
  'retry',
  'revisit',
  'priorities',
  'lockExpiriesMax',
  'paused',
  'history',
]

/**
 * Checks the document of a policy and converts it.
 *
 * @throws HeadlockError `invalidInput` that names the field and says what is allowed
 */
export function policyOf(document: unknown): Policy {
  const fields = objectAt(document, '', fieldNames, 'a policy')
  const { groupBy, rules, adaptive, retry, revisit, priorities, lockExpiriesMax, paused, history } = fields
  const grouping = optional(groupBy, 'groupBy', groupByAt)
  return {
    groupBy: grouping,
    rules: entriesOf(rules, 'rules', (rule, path) => ruleAt(rule, path, grouping)),
    adaptiveMaxDelayMs: optional(adaptive, 'adaptive', adaptiveAt),
    retry: optional(retry, 'retry', retryAt),
    revisit: entriesOf(revisit, 'revisit', revisitAt),
    priorities: entriesOf(priorities, 'priorities', priorityAt),
    lockExpiriesMax: optional(lockExpiriesMax, 'lockExpiriesMax', (value, path) =>
      integerAt(value, path, 1, limits.lockExpiriesMax),
    ),
    isPaused: optional(paused, 'paused', booleanAt) ?? false,
    keepsHistory: optional(history, 'history', booleanAt) ?? false,
  }
}

/**
 * The text in which a document is stored.
 *
 * @throws HeadlockError `invalidInput` if it is too long
 */
export function textOfDocument(document: unknown): string {
  const text = JSON.stringify(document)
  if (Buffer.byteLength(text) <= limits.documentBytesMax) return text
  return refuse(`a policy must have at most ${limits.documentBytesMax} bytes as JSON`)
}

function optional<Value>(
  value: unknown,
  path: string,
  read: (value: unknown, path: string) => Value,
): Value | null {
  return value === undefined ? null : read(value, path)
}

function entriesOf<Entry>(
  value: unknown,
  path: string,
  read: (entry: unknown, path: string) => Entry,
): readonly Entry[] {
  if (value === undefined) return []
  return listAt(value, path).map((entry, index) => read(entry, `${path}[${index}]`))
}

function groupByAt(value: unknown, path: string): GroupBy {
  return value === 'host' || value === 'domain' ? value : refuse(`${path} must be "host" or "domain"`)
}

function ruleAt(value: unknown, path: string, groupBy: GroupBy | null): GroupRule {
  const names = ['hosts', 'concurrency', 'delaySecs', 'paused']
  const fields = objectAt(value, path, names, 'a rule')
  const concurrency = optional(fields['concurrency'], member(path, 'concurrency'), (given, at) =>
    integerAt(given, at, 1, limits.concurrencyMax),
  )
  const delayMs =
    optional(fields['delaySecs'], member(path, 'delaySecs'), (given, at) =>
      secsAt(given, at, 0, limits.secsMax),
    ) ?? 0
  return {
    hosts: hostsAt(fields, path, groupBy),
    // Clients take requests long before they fetch them. So a delay alone would not keep them apart (13.4).
    concurrency: concurrency ?? (delayMs > 0 ? 1 : null),
    delayMs,
    isPaused: optional(fields['paused'], member(path, 'paused'), booleanAt) ?? false,
  }
}

function adaptiveAt(value: unknown, path: string): number {
  const { maxDelaySecs } = objectAt(value, path, ['maxDelaySecs'], 'adaptive')
  return secsAt(maxDelaySecs, member(path, 'maxDelaySecs'), limits.adaptiveMaxDelaySecsMin, limits.secsMax)
}

function retryAt(value: unknown, path: string): RetryCurve {
  const fields = objectAt(value, path, ['initialSecs', 'factor', 'maxSecs'], 'retry')
  const initialMs = positiveSecsAt(fields['initialSecs'], member(path, 'initialSecs'), limits.secsMax)
  const factor = numberAt(fields['factor'], member(path, 'factor'), 1, limits.retryFactorMax)
  const maxMs = positiveSecsAt(fields['maxSecs'], member(path, 'maxSecs'), limits.secsMax)
  if (maxMs < initialMs) {
    refuse(`${member(path, 'maxSecs')} must not be below ${member(path, 'initialSecs')}`)
  }
  return { initialMs, factor, maxMs }
}

function revisitAt(value: unknown, path: string): Revisit {
  const fields = objectAt(value, path, ['hosts', 'afterSecs'], 'an entry of revisit')
  const afterMs = positiveSecsAt(fields['afterSecs'], member(path, 'afterSecs'), limits.secsMax)
  return { hosts: hostsAt(fields, path, null), afterMs }
}

function priorityAt(value: unknown, path: string): PriorityRule {
  const fields = objectAt(value, path, ['hosts', 'label', 'priority'], 'an entry of priorities')
  const { priorityMin, priorityMax } = limits
  const priority = integerAt(fields['priority'], member(path, 'priority'), priorityMin, priorityMax)
  const { hosts, label } = fields
  if ((hosts === undefined) === (label === undefined)) refuse(`${path} must have either hosts or label`)
  if (label === undefined) return { hosts: hostsAt(fields, path, null), priority }
  return { label: labelAt(label, member(path, 'label')), priority }
}

function labelAt(value: unknown, path: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= limits.labelLengthMax) return value
  return refuse(`${path} must be a text of 1 to ${limits.labelLengthMax} characters`)
}

/** One host pattern or a list of them. */
function hostsAt(fields: JsonObject, path: string, groupBy: GroupBy | null): readonly string[] {
  const { hosts } = fields
  const at = member(path, 'hosts')
  if (typeof hosts === 'string') return [hostAt(hosts, at, groupBy)]
  if (!Array.isArray(hosts) || hosts.length === 0) {
    return refuse(`${at} must be a host, as in "example.com", "*.example.com" or "*", or a list of hosts`)
  }
  return hosts.map((host: unknown, index) => hostAt(host, `${at}[${index}]`, groupBy))
}

function hostAt(value: unknown, path: string, groupBy: GroupBy | null): string {
  if (typeof value !== 'string') {
    return refuse(`${path} must be a host, as in "example.com", "*.example.com" or "*"`)
  }
  const read = readHostPattern(value, groupBy)
  return 'pattern' in read ? read.pattern : refuse(`${path} "${shown(value)}" ${read.problem}`)
}
