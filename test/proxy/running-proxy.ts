import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { repository } from '../lanes.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'

/** The public name of the documentation. */
export const publicName = 'ops.example.com'

/** The fenced blocks of docs/proxy.md in a language, in their order. */
export function documentedBlocks(language: string): string[] {
  const page = readFileSync(path.join(repository, 'docs/proxy.md'), 'utf8')
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? '')
}

/** A text with others in the place of some of its parts, each of which it has. */
export function substituted(text: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((before, [part, other]) => {
    if (!before.includes(part)) throw new Error(`the documented block has no "${part}"`)
    return before.replaceAll(part, other)
  }, text)
}

export interface Upstream {
  /** `HOST:PORT` of a vaino. */
  readonly authority: string
  /** The port that the proxy listens on. */
  readonly port: number
}

/** A folder with a certificate for the public name. */
async function folderWithCertificate() {
  const folder = await temporaryFolder()
  const subject = ['-subj', `/CN=${publicName}`, '-addext', `subjectAltName=DNS:${publicName}`]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem']
  execFileSync('openssl', ['req', '-x509', ...key, '-out', 'cert.pem', '-days', '2', ...subject], {
    cwd: folder.path,
    stdio: 'pipe',
  })
  return folder
}

/** nginx with the documented `server` block. @param more lines for its `location` */
export async function startNginx(program: string, { authority, port }: Upstream, more = ''): Promise<AsyncDisposable> {
  const folder = await folderWithCertificate()
  const [block = ''] = documentedBlocks('nginx')
  const server = substituted(block, {
    'listen 443': `listen 127.0.0.1:${port}`,
    '/etc/ssl/ops.example.com.pem': `${folder.path}/cert.pem`,
    '/etc/ssl/ops.example.com.key': `${folder.path}/key.pem`,
    '127.0.0.1:8420': authority,
    'gzip off;': `gzip off;\n${more}`,
  })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder.path}/${name};`)
    .join('\n')
  const asRoot = process.getuid?.() === 0 ? 'user root;' : ''
  const file = path.join(folder.path, 'nginx.conf')
  writeFileSync(
    file,
    `${asRoot}\ndaemon off;\nworker_processes 1;\npid ${folder.path}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${server}}\n`,
  )
  const child = spawn(program, ['-p', folder.path, '-e', 'stderr', '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  return running(child, port, folder)
}

/** Caddy with the documented site; it takes our certificate, because nobody here issues one. */
export async function startCaddy(program: string, { authority, port }: Upstream): Promise<AsyncDisposable> {
  const folder = await folderWithCertificate()
  const [block = ''] = documentedBlocks('caddyfile')
  const site = substituted(block, {
    'ops.example.com {': `https://ops.example.com:${port} {\n\tbind 127.0.0.1\n\ttls ${folder.path}/cert.pem ${folder.path}/key.pem`,
    '127.0.0.1:8420': authority,
  })
  const file = path.join(folder.path, 'Caddyfile')
  writeFileSync(file, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`)
  mkdirSync(path.join(folder.path, 'home'))
  const child = spawn(program, ['run', '--config', file, '--adapter', 'caddyfile'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      HOME: path.join(folder.path, 'home'),
      XDG_DATA_HOME: folder.path,
      XDG_CONFIG_HOME: folder.path,
    },
  })
  return running(child, port, folder)
}

async function running(child: ChildProcess, port: number, folder: AsyncDisposable): Promise<AsyncDisposable> {
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await closed
    await folder[Symbol.asyncDispose]()
  }
  const answers = () =>
    fetch(`https://127.0.0.1:${port}/`, {
      headers: { host: publicName },
      tls: { rejectUnauthorized: false, serverName: publicName },
    } as RequestInit).then(
      () => true,
      () => false,
    )
  try {
    await until('the proxy answers', async () => {
      if (child.exitCode !== null) throw new Error(`the proxy has ended: ${stderr}`)
      return answers()
    })
  } catch (error) {
    await stop()
    throw new Error(`${String(error)}\n${stderr}`)
  }
  return { [Symbol.asyncDispose]: stop }
}
