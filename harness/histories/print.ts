import { type Answer, type Call, itemText, type RecordedCall, type Sent } from './history.ts'
import type { ShortHistory } from './shrink.ts'

const queuesShownMax = 4
const answersShownMax = 6

/**
 * Formats a failure for people: the queue at the beginning, then one call a line, with a bar from its start
 * to its end that shows which calls were under way together. Times are milliseconds since the first one
 * shown.
 */
export function textOfFailure({ begin, calls, before, keys, impossible }: ShortHistory): string {
  const shown = [...before, ...calls]
  const zero = Math.min(...shown.flatMap(({ times }) => times))
  const { wrong, couldAnswer } = impossible
  const lines = [
    `No order of these calls explains their answers. Up to the answer marked ! there is one.`,
    keys === null ? 'This concerns the whole queue.' : `This shows ${keys.join(' and ')} alone.`,
  ]
  if (before.length > 0) lines.push('Earlier calls on the same requests:', ...linesOf(before, zero, null))
  lines.push(
    begin.length === 1 ? 'The queue was' : `The queue was one of these ${begin.length}:`,
    ...begin.slice(0, queuesShownMax).map((queue) => `  ${queue.shown(zero)}`),
    'Then:',
    ...linesOf(calls, zero, wrong),
    `Answers to ${wrong.caller} that would be possible at the mark:`,
    ...couldAnswer.slice(0, answersShownMax).map((answer) => `  ${answerText(answer, zero)}`),
  )
  if (couldAnswer.length === 0) lines.push('  none: an earlier call does not fit')
  return lines.join('\n')
}

function linesOf(calls: readonly RecordedCall[], zero: number, wrong: RecordedCall | null): string[] {
  const events = calls.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt]).sort((a, b) => a - b)
  const columnOf = (event: number) => events.indexOf(event)
  const callers = Math.max(...calls.map(({ caller }) => caller.length))
  return calls.map((recorded) => {
    const { caller, call, answer, startedAt, endedAt, times } = recorded
    const from = columnOf(startedAt)
    const to = columnOf(endedAt)
    const isWrong = wrong !== null && startedAt === wrong.startedAt
    const bar = `${' '.repeat(from)}[${'-'.repeat(to - from - 1)}${isWrong ? '!' : ']'}`.padEnd(events.length)
    const when = [...new Set([times[0]!, times.at(-1)!])].map((time) => time - zero).join('-')
    return `  ${bar} ${caller.padEnd(callers)} at ${when}: ${callText(call, zero)} -> ${answerText(answer, zero)}`
  })
}

function callText(call: Call, zero: number): string {
  const { do: name, ...rest } = call
  const parts = Object.entries(rest).flatMap(([part, value]) => {
    if (value === undefined) return []
    if (part === 'by') {
      const { clientKey, runId } = value as { clientKey: string; runId: string | null }
      return [`by ${clientKey}${runId === null ? '' : ` of ${runId}`}`]
    }
    if (part === 'request') return [sentText(value as Sent)]
    if (part === 'requests') return (value as readonly Sent[]).map(sentText)
    if (part === 'document') return [JSON.stringify(value)]
    if (part === 'lockExpiresAt' || part === 'until') return [`until ${(value as number) - zero}`]
    return [part === 'key' || part === 'side' ? String(value) : `${part} ${value}`]
  })
  return `${name}(${parts.join(', ')})`
}

function sentText({ key, version, handled, host, wishes }: Sent): string {
  const on = host === undefined ? '' : ` on ${host}`
  const wish = wishes === undefined ? '' : ` ${JSON.stringify(wishes)}`
  return `${itemText(key, version)}${on}${wish}${handled ? ' handled' : ''}`
}

function answerText(answer: Answer, zero: number): string {
  const parts = Object.entries(answer).map(([name, value]) => {
    const isTime = name.endsWith('At') && typeof value === 'number'
    const text = Array.isArray(value) ? `[${value.join(', ')}]` : isTime ? value - zero : value
    return `${name} ${text}`
  })
  return parts.length === 0 ? 'done' : parts.join(', ')
}
