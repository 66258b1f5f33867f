/** What a command may use of the process it runs in, so that a test can bring its own. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How the person who reads our messages calls this program: `headlock`, or what works inside a clone. */
  readonly callName: string
  /** Whether a person watches standard output. */
  readonly isTerminal: boolean
  /** What was asked for. */
  out(text: string): void
  /** Everything else: explanations and failures. */
  err(text: string): void
}

/** `npm run headlock --` inside a clone, where the program is run from its source. */
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
