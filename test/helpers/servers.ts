import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const READY_WITHIN_MS = 20_000

/** The full path of a program: from PATH, then from Debian's PostgreSQL folders (newest first), or null. */
export function findProgram(name: string): string | null {
  const versions = '/usr/lib/postgresql'
  const folders = (process.env.PATH ?? '').split(':')
  try {
    const found = readdirSync(versions).sort((a, b) => Number(b) - Number(a))
    folders.push(...found.map((version) => join(versions, version, 'bin')))
  } catch {
    // No such folder: PATH alone decides.
  }
  const paths = folders.map((folder) => join(folder, name))
  return paths.find((path) => isExecutable(path)) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Ends a child and resolves once it is gone; it may have gone already. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** Starts a redis-server that keeps its files in `folder` and resolves once it takes connections. */
export function startRedis(program: string, port: number, folder: string, args: string[] = []) {
  const base = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...args]
  return launch(program, base, /Ready to accept connections/, {})
}

/** Starts a Sentinel that watches the Redis at `master` under this name and makes a replica its successor by itself. */
export function startSentinel(program: string, port: number, folder: string, name: string, master: number) {
  const file = join(folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${master} 1`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 5000`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return launch(program, [file, '--sentinel'], /\+monitor/, {})
}

/** Starts a PostgreSQL with a new cluster and trust for everybody; `remove` stops it and deletes its files. */
export async function startPostgres(initdb: string, postgres: string, port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-postgres-'))
  const user = unprivileged()
  if (user) chownSync(folder, user.uid, user.gid)
  const options = { ...user, cwd: folder }
  execFileSync(
    initdb,
    ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'],
    options,
  )
  const args = ['-D', join(folder, 'data'), '-p', `${port}`, '-h', '127.0.0.1', '-k', folder, '-F']
  const start = () => launch(postgres, args, /ready to accept connections/, options)
  let child = await start()
  return {
    get child() {
      return child
    },
    /** Starts it again on the same files, once it was stopped. */
    async restart() {
      child = await start()
    },
    remove() {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root, so root lends it another user. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string, name: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }))
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: id('-u', name), gid: id('-g', name) }
    } catch {
      // Not a user of this machine: the next one.
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is neither a user "postgres" nor "nobody"')
}

async function launch(program: string, args: string[], ready: RegExp, options: SpawnOptions) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      kill()
      reject(new Error(`${program} ${args.join(' ')}: ${reason}\n${output}`))
    }
    const timer = setTimeout(() => fail('is not ready in time'), READY_WITHIN_MS)
    const onData = (chunk: Buffer) => {
      output = (output + chunk).slice(-4000)
      if (!ready.test(output)) return
      clearTimeout(timer)
      resolve()
    }
    child.stdout?.on('data', onData)
    child.stderr?.on('data', onData)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code, signal) => {
      clearTimeout(timer)
      fail(`ended (${signal ?? code})`)
    })
  })
  release(child)
  return child
}

/** A server that a test file shares with nobody must not keep its process alive; its pipes go on being drained. */
function release(child: ChildProcess) {
  child.unref()
  for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref(): void }).unref()
}
