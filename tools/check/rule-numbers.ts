/**
 * Every rule number that a comment, a test or a page cites has to be in docs/semantics.md.
 *
 * A citation is a number after the word "rule", as in `rule 3.7` or `rules 9.3, 9.7`, or a list of numbers alone in
 * parentheses, as in `(5.1, 5.2)` or `(7.2 to 7.4)`.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const number = String.raw`(?:[1-9]|1[0-5])\.\d{1,2}`
const list = `${number}(?:(?:, | to | and )${number})*`
const citation = new RegExp(String.raw`\brules? (${list})(?![\d.])|(?<![\w$])\((${list})\)`, 'gi')

const rulesPage = 'docs/semantics.md'

export interface UnknownRule {
  readonly file: string
  readonly line: number
  readonly rule: string
}

/** The numbers of all rules of the page, in its order. */
export function rulesOf(page: string): string[] {
  return [...page.matchAll(new RegExp(`^- (${number}) `, 'gm'))].map(([, rule]) => rule!)
}

/** What one text cites and the page does not have. */
export function unknownRules(file: string, text: string, rules: ReadonlySet<string>): UnknownRule[] {
  return text.split('\n').flatMap((content, index) =>
    [...content.matchAll(citation)]
      .flatMap(([, named, alone]) => (named ?? alone)!.match(new RegExp(number, 'g'))!)
      .filter((rule) => !rules.has(rule))
      .map((rule) => ({ file, line: index + 1, rule })),
  )
}

/**
 * @param root the directory of the checkout
 * @param files paths below it; others than programs and pages are passed over
 * @returns one sentence for each fault: a rule that is cited and not there, or a number that two rules have
 */
export function checkRuleNumbers(root: string, files: readonly string[]): string[] {
  const all = rulesOf(readFileSync(resolve(root, rulesPage), 'utf8'))
  const rules = new Set(all)
  const twice = all.filter((rule, index) => all.indexOf(rule) !== index)
  const cited = files
    .filter(
      (file) => /\.(?:ts|md)$/.test(file) && file !== rulesPage && !file.startsWith('docs/measurements/'),
    )
    .flatMap((file) => unknownRules(file, readFileSync(resolve(root, file), 'utf8'), rules))
  return [
    ...twice.map((rule) => `${rulesPage}: two rules have the number ${rule}`),
    ...cited.map(
      ({ file, line, rule }) => `${file}:${line}: cites rule ${rule}, which is not in ${rulesPage}`,
    ),
  ]
}
