#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=50
// The flags bound what V8 keeps for young objects and how far its heap grows between two collections: a third of the
// server's memory otherwise, and no speed.
// Nothing is imported before the version is checked: on an older Node.js an import would fail with a riddle.
const oldestNode = [24, 15] as const

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  console.error(
    `Headlock needs Node.js ${oldestNode.join('.')} or newer; this is ${process.version}. ` +
      'In a clone, "npm ci" brings the right one and "npm start" finds it; ' +
      'elsewhere, install a newer Node.js.',
  )
  process.exitCode = 1
} else {
  const { runCli } = await import('./cli/program.ts')
  const { processIo } = await import('./cli/io.ts')
  // The reader of our output may be gone. A server goes on without it.
  process.stdout.on('error', () => {})
  process.exitCode = await runCli(process.argv.slice(2), processIo())
  // Ends the process soon, even if something still keeps it running.
  setTimeout(() => process.exit(), 2000).unref()
}

export {}
