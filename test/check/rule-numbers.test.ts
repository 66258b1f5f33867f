import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { rulesOf, unknownRules } from '../../tools/check/rule-numbers.ts'

describe('the check of rule numbers', () => {
  test('finds the rules of a page by their numbers at the beginning of a line', () => {
    assert.deepEqual(rulesOf('# Rules\n\n- 1.1 One, see 2.2.\n- 11.10 Another.\n  - 3.1 no rule\n'), [
      '1.1',
      '11.10',
    ])
  })

  test('reports every cited number that does not exist, with its line', () => {
    const text = [
      '/** Undoes a lock (rule 4.6), as rules 9.3, 9.7 say (5.1, 5.2). */',
      'wait(4.5) // 0.5 seconds, and up to 9.9',
      "test('a lock ends (7.2 to 7.4)')",
    ].join('\n')
    const rules = new Set(['4.6', '9.3', '5.2', '7.2'])
    assert.deepEqual(
      unknownRules('a.ts', text, rules).map(({ line, rule }) => `${line}: ${rule}`),
      ['1: 9.7', '1: 5.1', '3: 7.4'],
    )
  })
})
