import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../test/helpers/servers.ts'

const root = join(import.meta.dirname, '..', '..')

export type ServerProcess = {
  readonly base: string
  readonly child: ChildProcess
  /** ms from the start of the process to its first answer on /health. */
  readonly ready_ms: number
  /** Resident memory, in MB. */
  memory(): number
  kill(signal?: NodeJS.Signals): Promise<void>
}

// Several servers and many folders end with this process.
process.setMaxListeners(0)

/** None outlives the process that started it. */
const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A folder that is gone when the process ends. */
export function temporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'synckairos-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const MEMORY = '/dev/shm'

/** One that lies in memory where there is a file system for that: for what has nothing to do with how fast the disk is. */
export const memoryFolder = (): string => temporaryFolder(existsSync(MEMORY) ? MEMORY : undefined)

/** `node ARGS` as a process of its own, with this environment alone. */
export function startChild(args: string[], env: Record<string, string | undefined>): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env.PATH, ...env },
  })
  children.add(child)
  child.channel?.unref()
  child.stderr?.pipe(process.stderr)
  child.on('exit', () => children.delete(child))
  return child
}

/** A server, `node ARGS`, without rate limits; resolves when it is ready. */
export async function startServer(
  env: Record<string, string>,
  args: string[] = ['server.ts'],
): Promise<ServerProcess> {
  const port = env.PORT ?? String(await freePort())
  const began = performance.now()
  const child = startChild(args, {
    PORT: port,
    LOG_LEVEL: 'error',
    RATE_LIMIT_GENERAL: '0',
    RATE_LIMIT_SWITCH: '0',
    WS_MAX_SOCKETS_PER_IP: '0',
    WS_MAX_MESSAGES_PER_SECOND: '0',
    PERSISTENCE: 'off',
    ...env,
  })
  const base = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const response = await fetch(`${base}/health`).catch(() => null)
    if (response?.ok) break
    await delay(20)
  }
  const ready_ms = performance.now() - began
  while (!(await fetch(`${base}/ready`)).ok) await delay(5)
  return {
    base,
    child,
    ready_ms,
    memory() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
    },
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(signal)
      await once(child, 'exit')
    },
  }
}

/** POSTs JSON and expects success. */
export async function post(base: string, path: string, body?: unknown) {
  const response = await fetch(base + path, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as { data: Record<string, unknown> }
}
