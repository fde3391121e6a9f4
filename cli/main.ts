import { CommanderError } from 'commander'
import { tellFailure } from './failure.ts'
import { interruptedCode, watchSignals } from './interrupt.ts'
import { createProgram } from './program.ts'

// `vaino list | head`: who reads has seen enough, which is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
    process.stderr.write(`vaino: output cannot be written: ${error.message}\n`)
    process.exit(2)
  })
}

watchSignals()
const given = process.argv.slice(2)
try {
  const { program, argv } = await createProgram(given.length === 0 ? ['--help'] : given)
  await program.parseAsync(argv, { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else if (interruptedCode() === null) process.exitCode = tellFailure(error, !given.includes('--no-color'))
}
process.exitCode = interruptedCode() ?? process.exitCode ?? 0
