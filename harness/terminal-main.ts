/** The program as it behaves where a person watches its output, though a test does. */
import { processIo } from '../src/cli/io.ts'
import { runCli } from '../src/cli/program.ts'

process.exitCode = await runCli(process.argv.slice(2), { ...processIo(), isTerminal: true })
