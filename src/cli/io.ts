/** The parts of the process that a command may use. A test brings its own. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The command that runs this program: `headlock`, or `npm run headlock --` in a clone. Messages use it. */
  readonly callName: string
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean
  /** Writes a result to standard output. */
  out(text: string): void
  /** Writes explanations and failures to standard error. */
  err(text: string): void
}

/** A script that ends in .ts is the source, in a clone. */
function callName(scriptPath: string | undefined): string {
  return scriptPath?.endsWith('.ts') ? 'npm run headlock --' : 'headlock'
}

export function processIo(): Io {
  return {
    environment: process.env,
    callName: callName(process.argv[1]),
    isTerminal: process.stdout.isTTY === true,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  }
}
