import { CommanderError } from 'commander'
import { createProgram } from './program.ts'
import { startWithSettings } from './runtime-settings.ts'
import { printFailure } from './terminal/failure.ts'
import { interruptedCode, watchSignals } from './terminal/interrupt.ts'
import { readerLost } from './terminal/lost-reader.ts'

const given = process.argv.slice(2)
startWithSettings(given)
const isColored = !given.includes('--no-color')

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A terminal that was closed has sent its signal too; what is under way ends by itself.
    if (interruptedCode() !== null) return
    // `vaino list | head`: the reader has seen enough, which is no error.
    if (error.code === 'EPIPE') {
      if (readerLost(stream)) return
      process.exit(process.exitCode ?? 0)
    }
    process.stderr.write(`vaino: output cannot be written: ${error.message}\n`)
    process.exit(2)
  })
}
// The runtime's own exit code for these is 1, which here means that changes were found.
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error: unknown) => process.exit(printFailure(error, isColored)))
}

watchSignals()
try {
  const { program, argv } = await createProgram(given.length === 0 ? ['--help'] : given)
  await program.parseAsync(argv, { from: 'user' })
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else if (interruptedCode() === null) process.exitCode = printFailure(error, isColored)
}
process.exitCode = interruptedCode() ?? process.exitCode ?? 0
