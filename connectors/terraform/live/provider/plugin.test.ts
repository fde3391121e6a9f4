import { expect, setDefaultTimeout, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type TemporaryFolder, temporaryFolder } from '../../../../test/terraform/temporary-folder.ts'
import { providerEnvironment } from './environment.ts'
import { launchPlugin } from './plugin.ts'
import { ProviderError } from './provider-error.ts'
import { isAlive, until } from './test-processes.ts'

// Scripts play the providers that do something else than listen.
setDefaultTimeout(60_000)
const never = new AbortController().signal
const listens = `printf '1|6|unix|%s/socket|grpc|\\n' "$PLUGIN_UNIX_SOCKET_DIR"`

async function script(folder: TemporaryFolder, lines: string): Promise<string> {
  const file = await folder.write('terraform-provider-script', `#!/bin/sh\n${lines}\n`)
  await chmod(file, 0o755)
  return file
}

const launch = (file: string, { timeoutMs = 10_000, signal = never, workingDirectory = path.dirname(file) } = {}) =>
  launchPlugin({ path: file, workingDirectory, environment: { PATH: process.env.PATH ?? '' }, timeoutMs }, signal)

async function refusal(launching: Promise<AsyncDisposable>): Promise<ProviderError> {
  try {
    await using _ = await launching
  } catch (error) {
    if (error instanceof ProviderError) return error
    throw error
  }
  throw new Error('it was started')
}

test.each([
  [
    'rubbish instead of a handshake',
    'echo "hunter2 is the password"; sleep 60',
    'printed something that is no handshake',
  ],
  ['a handshake of a version that nobody knows', `echo '2|5|unix|/tmp/x|grpc|'; sleep 60`, 'has the version 2'],
  ['an older protocol', `echo '1|4|unix|/tmp/x|grpc|'; sleep 60`, 'speaks version 4 of the plugin protocol'],
  ['a socket in a folder that others may enter', `echo '1|5|unix|/tmp/x|grpc|'; sleep 60`, 'listens somewhere else'],
  ['a TCP port that anybody may open', `echo '1|5|tcp|127.0.0.1:1|grpc|'; sleep 60`, 'listens somewhere else'],
  ['net/rpc instead of gRPC', `echo "1|5|unix|$PLUGIN_UNIX_SOCKET_DIR/s|netrpc|"; sleep 60`, 'does not speak gRPC'],
  ['no line in 64 KiB', 'head -c 65536 /dev/zero; sleep 60', 'printed something that is no handshake'],
  ['an end without a word', 'exit 7', 'ended with code 7 before it listened'],
  ['an end by a signal', 'kill -9 $$', 'ended with code 137 before it listened'],
])('a provider that answers with %s is refused', async (_what, lines, message) => {
  await using folder = await temporaryFolder()
  const error = await refusal(launch(await script(folder, lines)))
  expect(error.message).toContain(message)
  expect(error.message).not.toContain('hunter2')
  expect(error).toMatchObject({ reason: 'not_started', hint: expect.stringMatching(/./) })
})

test('a provider that says nothing is ended after the deadline', async () => {
  await using folder = await temporaryFolder()
  const file = await script(folder, `echo $$ > ${folder.path}/pid; exec sleep 60`)
  const error = await refusal(launch(file, { timeoutMs: 300 }))
  expect(error.message).toContain('said nothing for 0.3 s')
  const pid = Number(await readFile(`${folder.path}/pid`, 'utf8'))
  await until(() => !isAlive(pid))
})

test('of a panic the function is named, and nothing that was printed', async () => {
  await using folder = await temporaryFolder()
  await folder.write(
    'panic',
    'panic: secret hunter2\n\ngoroutine 7 [running]:\npanic({0x1, 0x2})\n\t/go/panic.go:1\ngithub.com/acme/provider.(*R).Read(0xc0, {0x1})\n',
  )
  const error = await refusal(launch(await script(folder, `cat ${folder.path}/panic >&2; exit 2`)))
  expect(error.message).toContain('ended by a panic in github.com/acme/provider.(*R).Read before it listened')
  expect(error.message).not.toContain('hunter2')
})

test.each([
  ['may not be executed', '#!/bin/sh\n', 0o644],
  ['the file is no program', 'echo 1; not a program\n', 0o755],
  ['the file is no program', '', 0o755],
])('a file that cannot be started is refused before: %s', async (message, content, mode) => {
  await using folder = await temporaryFolder()
  const file = await folder.write('terraform-provider-file', content)
  await chmod(file, mode)
  expect((await refusal(launch(file))).message).toContain(message)
})

test('a file that is not there, and a working directory that is not, are named', async () => {
  await using folder = await temporaryFolder()
  expect((await refusal(launch(`${folder.path}/nothing`))).message).toContain('nothing')
  const file = await script(folder, 'exit 0')
  expect((await refusal(launch(file, { workingDirectory: `${folder.path}/gone` }))).message).toContain(
    `${folder.path}/gone`,
  )
})

test('a provider runs in the root module, alone in its folder, with what it may know', async () => {
  await using folder = await temporaryFolder()
  const file = await script(folder, `pwd > ${folder.path}/pwd; env > ${folder.path}/env; ${listens}; exec sleep 60`)
  const environment = providerEnvironment(
    {
      PATH: process.env.PATH,
      AWS_PROFILE: 'reader',
      VAINO_TOKENS__ADMIN: 'hunter2',
      TOY_CLOUD: 'here',
      TF_LOG: 'trace',
    },
    'google-beta',
    ['TOY_*'],
  )
  await using plugin = await launchPlugin(
    { path: file, workingDirectory: folder.path, environment, timeoutMs: 10_000 },
    never,
  )
  expect(plugin.protocol).toBe(6)
  expect((await stat(path.dirname(plugin.socket))).mode & 0o777).toBe(0o700)
  expect(Buffer.byteLength(plugin.socket)).toBeLessThan(100)
  expect(await readFile(`${folder.path}/pwd`, 'utf8')).toBe(`${folder.path}\n`)
  const env = await readFile(`${folder.path}/env`, 'utf8')
  for (const line of ['AWS_PROFILE=reader', 'TOY_CLOUD=here', 'TF_LOG=off', 'TF_LOG_PROVIDER_GOOGLE_BETA=off'])
    expect(env).toContain(line)
  expect(env).not.toContain('hunter2')
})

test('ending a provider ends what it has started, and removes its folder', async () => {
  await using folder = await temporaryFolder()
  const file = await script(
    folder,
    `sleep 60 & echo $! > ${folder.path}/child; echo $$ > ${folder.path}/pid; ${listens}; wait`,
  )
  const plugin = await launch(file)
  const pids = [await readFile(`${folder.path}/child`, 'utf8'), await readFile(`${folder.path}/pid`, 'utf8')].map(
    Number,
  )
  await plugin[Symbol.asyncDispose]()
  await until(() => !pids.some(isAlive))
  expect(plugin.hasExited()).toBe(true)
  expect(readdir(path.dirname(plugin.socket))).rejects.toThrow('ENOENT')
})

test('a launch that is aborted leaves no process', async () => {
  await using folder = await temporaryFolder()
  const file = await script(folder, `echo $$ > ${folder.path}/pid; exec sleep 60`)
  const aborting = new AbortController()
  const launching = launch(file, { signal: aborting.signal })
  await until(() =>
    readFile(`${folder.path}/pid`, 'utf8').then(
      (text) => text !== '',
      () => false,
    ),
  )
  aborting.abort(new Error('enough'))
  expect(launching).rejects.toThrow('enough')
  await launching.catch(() => {})
  const pid = Number(await readFile(`${folder.path}/pid`, 'utf8'))
  await until(() => !isAlive(pid))
})

test('output without end stops nobody', async () => {
  await using folder = await temporaryFolder()
  const file = await script(folder, `${listens}; head -c 4000000 /dev/zero; head -c 4000000 /dev/zero >&2; exit 5`)
  await using plugin = await launch(file)
  expect(await plugin.exited).toEqual({ code: 5, panic: null })
})

test('no provider outlives a vaino that is killed, and its folder goes too', async () => {
  await using folder = await temporaryFolder()
  const file = await script(
    folder,
    `sleep 60 & echo $! > ${folder.path}/child; echo $$ > ${folder.path}/pid.$$; ${listens}; wait`,
  )
  const module = fileURLToPath(new URL('plugin.ts', import.meta.url))
  const program = path.join(folder.path, 'vaino.ts')
  // Two of them: the second must not hold the first one's pipe open.
  await writeFile(
    program,
    `import { launchPlugin } from ${JSON.stringify(module)}
const options = { path: ${JSON.stringify(file)}, workingDirectory: '/', environment: { PATH: process.env.PATH }, timeoutMs: 10_000 }
const one = await launchPlugin(options, new AbortController().signal)
const two = await launchPlugin(options, new AbortController().signal)
console.log([one.socket, two.socket].join(' '))
await two.exited`,
  )
  const vaino = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  vaino.stdout.on('data', (chunk) => {
    output += chunk
  })
  await until(() => output.includes('\n'))
  const names = (await readdir(folder.path)).filter((name) => name.startsWith('pid.') || name === 'child')
  const pids = await Promise.all(names.map(async (name) => Number(await readFile(`${folder.path}/${name}`, 'utf8'))))
  expect(pids.length).toBe(3)
  expect(pids.every(isAlive)).toBe(true)
  vaino.kill('SIGKILL')
  await until(() => !pids.some(isAlive))
  for (const socket of output.trim().split(' '))
    await until(() =>
      stat(path.dirname(socket)).then(
        () => false,
        () => true,
      ),
    )
})
