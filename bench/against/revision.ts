import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OptionError } from '../options/options.ts'
import { type Build, nodeOf, thisBuild } from '../processes/build.ts'
import { endedWithBenchmark } from '../processes/child.ts'
import { runsOnSamePackages } from './packages.ts'

const outputLengthMax = 2000

/**
 * The files of a revision in a directory of their own, ready to be started. They come from `git archive`,
 * which leaves nothing behind in the repository, however the benchmark ends. A worktree would.
 */
export class RevisionBuild {
  readonly #directory = mkdtempSync(join(tmpdir(), 'headlock-against-'))

  /**
   * Fills the directory with the files of the revision and the packages that it needs. The packages of the
   * working tree are used if the revision needs the same ones. Otherwise `npm ci` installs its own, which
   * takes a while and needs the network.
   *
   * @param revision as the user gave it
   * @throws Error that says what to do, when the revision does not exist or its packages cannot be installed
   */
  async prepare(revision: string, note: (line: string) => void): Promise<Build> {
    const commit = await commitOf(revision)
    const archive = join(this.#directory, 'revision.tar')
    await run('git', ['archive', '--format=tar', `--output=${archive}`, commit], thisBuild.directory)
    await run('tar', ['-xf', archive], this.#directory)
    rmSync(archive)
    const [ours, theirs] = [thisBuild.directory, this.#directory].map((directory) =>
      readFileSync(join(directory, 'package-lock.json'), 'utf8'),
    )
    if (runsOnSamePackages(ours!, theirs!)) {
      const modules = join(thisBuild.directory, 'node_modules')
      symlinkSync(modules, join(this.#directory, 'node_modules'), 'junction')
    } else {
      note(`${revision} needs packages that are not installed here; npm ci installs them`)
      await run('npm', ['ci', '--no-audit', '--no-fund'], this.#directory)
    }
    return { name: commit.slice(0, 7), directory: this.#directory, node: nodeOf(this.#directory) }
  }

  /** Deletes the files. Processes that run from them must have ended. */
  async close(): Promise<void> {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

async function commitOf(revision: string): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  try {
    return (await run('git', args, thisBuild.directory)).trim()
  } catch (cause) {
    throw new OptionError(`There is no git revision ${revision} here. Name a commit, a branch or a tag.`, {
      cause,
    })
  }
}

/** Resolves to its standard output. */
function run(command: string, args: readonly string[], directory: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = endedWithBenchmark(
      spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]!.setEncoding('utf8').on('data', (text: string) => {
        said[name] = (said[name] + text).slice(-outputLengthMax)
      })
    }
    child.once('error', (cause) => reject(new Error(`${command} cannot be started`, { cause })))
    child.once('close', (code) => {
      if (code === 0) resolve(said.stdout)
      else reject(new Error(`${command} ${args[0]} failed:\n${said.stderr.trim()}`))
    })
  })
}
