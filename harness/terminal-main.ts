/** The program as it behaves on a terminal, run by a test. */
import { processIo } from '../src/cli/io.ts'
import { runCli } from '../src/cli/program.ts'

process.exitCode = await runCli(process.argv.slice(2), { ...processIo(), isTerminal: true })
