export interface OperatorErrorOptions {
  readonly cause?: unknown
  /**
   * Replaces `{flag}` in the advice: the flag that names the store, such as `--data` for a server and
   * `--from` for a copy.
   */
  readonly flag?: string
}

/**
 * An error that an operator can fix, at a start or in a command. Anything else that is thrown there is a
 * fault of the program.
 */
export class OperatorError extends Error {
  /** What is wrong: a sentence, perhaps with a list below it. */
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

  /** The same error with another problem, for callers that know more about what was tried. */
  restated(problem: string): OperatorError {
    return new OperatorError(problem, this.#template, { cause: this, flag: this.#flag })
  }

  /** The same error for a command that names the store by another flag. */
  withFlag(flag: string): OperatorError {
    return new OperatorError(this.problem, this.#template, { cause: this.cause, flag })
  }
}

/** A wrong call of the program, or a wrong setting. The program ends with an exit code of its own. */
export class UsageError extends OperatorError {
  constructor(problem: string, advice: string, options?: OperatorErrorOptions) {
    super(problem, advice, options)
    this.name = 'UsageError'
  }
}

/** Problem and advice in one text. The advice begins a new line if the problem has several lines. */
export function textOf(problem: string, advice: string): string {
  return `${problem}${problem.includes('\n') ? '\n' : ' '}${advice}`
}

/** Restores an error of another thread: its fields arrive, but its class does not. */
export function fromThread(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'OperatorError') return error
  const { problem, advice, cause } = error as OperatorError
  return new OperatorError(problem, advice, { cause })
}

/**
 * The message of what was thrown, without a full stop at its end, to follow a colon or stand in parentheses.
 */
export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\.$/, '')
}
