/** JSON as people write it: with comments, and with a comma after the last element. Errors say the line and the column. */
import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'

/** What is wrong with a text, and where. Lines and columns count from 1. */
export class JsonTextError extends Error {
  readonly line: number
  readonly column: number

  constructor(problem: string, text: string, offset: number) {
    const before = text.slice(0, offset).split(/\r\n|\n|\r/)
    const line = before.length
    const column = [...before.at(-1)!].length + 1
    super(`line ${line}, column ${column}: ${problem}`)
    this.name = 'JsonTextError'
    this.line = line
    this.column = column
  }
}

/** Deeper values would not be a policy, and the parser calls itself for each level. */
const depthMax = 100

/** By the names that the parser has for them. */
const problems: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is not a value of JSON: names and texts are in double quotes',
  InvalidNumberFormat: 'this is not a number of JSON',
  PropertyNameExpected: 'a name in double quotes is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: '":" is expected',
  CommaExpected: '"," is expected',
  CloseBraceExpected: '"}" is expected',
  CloseBracketExpected: '"]" is expected',
  EndOfFileExpected: 'this comes after the end of the value',
  UnexpectedEndOfComment: 'the comment has no end',
  UnexpectedEndOfString: 'the text has no closing double quote on its line',
  UnexpectedEndOfNumber: 'the number has no end',
  InvalidUnicode: 'the text has an escape that JSON does not have',
  InvalidEscapeCharacter: 'the text has an escape that JSON does not have',
  InvalidCharacter: 'the text has a control character',
}

/** @throws JsonTextError, of the first fault */
export function parseCommentedJson(given: string): unknown {
  const text = given.startsWith('\ufeff') ? given.slice(1) : given
  const errors: ParseError[] = []
  const root = treeOf(text, errors)
  const [first] = errors
  if (first !== undefined)
    throw new JsonTextError(
      problems[printParseErrorCode(first.error)] ?? 'this is not JSON',
      text,
      first.offset,
    )
  return contentOf(root!, text)
}

function treeOf(text: string, errors: ParseError[]): Node | undefined {
  try {
    return parseTree(text, errors, { allowTrailingComma: true })
  } catch (error) {
    // The parser has no bound of its own.
    if (error instanceof RangeError) throw new JsonTextError(tooDeep, text, 0)
    throw error
  }
}

const tooDeep = 'the value is nested too deeply'

function contentOf(node: Node, text: string, depth = 0): unknown {
  if (depth > depthMax) throw new JsonTextError(tooDeep, text, node.offset)
  const { type, children = [] } = node
  if (type === 'array') return children.map((each) => contentOf(each, text, depth + 1))
  if (type !== 'object') return node.value
  const members = new Map<string, unknown>()
  for (const { children: parts } of children) {
    const [name, value] = parts!
    if (members.has(name!.value)) {
      throw new JsonTextError(`the name ${JSON.stringify(name!.value)} is there twice`, text, name!.offset)
    }
    members.set(name!.value, contentOf(value!, text, depth + 1))
  }
  return Object.fromEntries(members)
}
