export interface OperatorErrorOptions {
  readonly cause?: unknown
  /** What stands for `{flag}` in the advice: the flag that names the store, `--data` for a server and `--from` for a copy. */
  readonly flag?: string
}

/**
 * What keeps an operator from what was asked for, at a start or in a command. Anything else that is thrown there is a mistake
 * of the program.
 */
export class OperatorError extends Error {
  /** What is wrong: a sentence, or one with a list below it. */
  readonly problem: string
  /** What to do next, in whole sentences. */
  readonly advice: string
  readonly #template: string
  readonly #flag: string

  constructor(problem: string, advice: string, { cause, flag = '' }: OperatorErrorOptions = {}) {
    const filled = advice.replaceAll('{flag}', flag)
    super(textOf(problem, filled), cause === undefined ? {} : { cause })
    this.name = 'OperatorError'
    this.problem = problem
    this.advice = filled
    this.#template = advice
    this.#flag = flag
  }

  /** The same with another problem, for whoever knows more of what was to be done. */
  restated(problem: string): OperatorError {
    return new OperatorError(problem, this.#template, { cause: this, flag: this.#flag })
  }

  /** The same for a command that names the store by another flag. */
  withFlag(flag: string): OperatorError {
    return new OperatorError(this.problem, this.#template, { cause: this.cause, flag })
  }
}

/** A call of the program, or a setting, that cannot mean anything. The program ends with another exit code. */
export class UsageError extends OperatorError {
  constructor(problem: string, advice: string, options?: OperatorErrorOptions) {
    super(problem, advice, options)
    this.name = 'UsageError'
  }
}

/** Both for a person. Advice on a problem of several lines has a line of its own. */
export function textOf(problem: string, advice: string): string {
  return `${problem}${problem.includes('\n') ? '\n' : ' '}${advice}`
}

/** An error of another thread: what it says arrives, its class does not. */
export function fromThread(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'OperatorError') return error
  const { problem, advice, cause } = error as OperatorError
  return new OperatorError(problem, advice, { cause })
}

/** What was thrown, in words to follow a colon or to stand in parentheses: without the full stop at its end. */
export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\.$/, '')
}
