import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Config, Dependencies } from '../../../app.ts'
import { build } from '../../helpers/app.ts'
import { redisForTest } from '../../helpers/backends.ts'
import { listen } from '../../helpers/realtime.ts'
import { freePort, stop } from '../../helpers/servers.ts'

const SERVER = join(import.meta.dirname, '../../../server.ts')

/** `url` has no slash at its end. */
export type Listening = { url: string; app: FastifyInstance }

export type ServerProcess = {
  url: string
  /** Resolves once the process is gone; by default it ends without any tidying up. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again on the same port and data; resolves once it answers. */
  start(): Promise<void>
}

/** A server in this process that listens on a port of its own. */
export async function serverForTest(
  t: Test,
  settings: Partial<Config> = {},
  dependencies: Dependencies = {},
): Promise<Listening> {
  const app = await build(t, settings, dependencies)
  return { url: `http://${await listen(app)}`, app }
}

/** Two instances of one deployment on Redis; null, and heard of, without Redis. */
export async function pairForTest(
  t: Test,
  settings: Partial<Config> = {},
): Promise<[Listening, Listening] | null> {
  const redis = await redisForTest(t)
  if (!redis) return null
  const shared = { REDIS_URL: redis.url, REDIS_PREFIX: redis.prefix, ...settings }
  return [await serverForTest(t, shared), await serverForTest(t, shared)]
}

/** A server as a process of its own, which can be killed and started again. Settings by their environment names. */
export async function processForTest(t: Test, settings: Record<string, string> = {}): Promise<ServerProcess> {
  const port = await freePort()
  const env = {
    PATH: process.env.PATH,
    NODE_OPTIONS: process.env.NODE_OPTIONS,
    DATA_DIR: t.testdir(),
    PERSISTENCE: 'off',
    RATE_LIMIT_GENERAL: '0',
    RATE_LIMIT_SWITCH: '0',
    ...settings,
    PORT: `${port}`,
  }
  let child: ChildProcess
  const start = async () => {
    child = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the server ended with ${code} before it listened`)
    })
    await Promise.race([heard(child, 'listening at'), ended])
    ended.catch(() => {})
  }
  await start()
  t.teardown(() => stop(child, 'SIGKILL'))
  return { url: `http://127.0.0.1:${port}`, start, kill: (signal = 'SIGKILL') => stop(child, signal) }
}

/** Resolves once a child has printed `text`; what it prints later is read, too, so that it never has to wait. */
function heard(child: ChildProcess, text: string): Promise<void> {
  let output = ''
  return new Promise((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-4000)
      if (output.includes(text)) resolve()
    })
  })
}
