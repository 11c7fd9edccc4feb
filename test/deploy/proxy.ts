import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { missing } from '../helpers/not-run.ts'
import { findProgram, freePort, stop } from '../helpers/servers.ts'
import { readDeploy } from './documents.ts'

/** How each proxy is started with a file of deploy/, and what in that file belongs to the machine. */
export const PROXIES = {
  nginx: {
    file: 'nginx.conf',
    args: (file: string, folder: string) => ['-c', file, '-g', `daemon off; pid ${folder}/nginx.pid;`],
    check: ['-t'],
    address: (port: number): [string, string] => ['listen 8080', `listen 127.0.0.1:${port}`],
    /** Whether it stops sending calls to an instance that drains before that stops to listen. */
    asksReady: false,
  },
  haproxy: {
    file: 'haproxy.cfg',
    args: (file: string) => ['-f', file],
    check: ['-c'],
    address: (port: number): [string, string] => ['bind :8080', `bind 127.0.0.1:${port}`],
    asksReady: true,
  },
} as const

export type ProxyName = keyof typeof PROXIES

/** The file of deploy/ with this machine's addresses, ports and folder for temporary files, and nothing else changed. */
export function configure(name: ProxyName, port: number, instances: number[], folder: string): string {
  const replacements: [string, string][] = [
    PROXIES[name].address(port),
    ...instances.map((each, i): [string, string] => [`synckairos-${i + 1}:3000`, `127.0.0.1:${each}`]),
  ]
  let configuration = readDeploy(PROXIES[name].file)
  for (const [from, to] of replacements) {
    if (!configuration.includes(from)) throw new Error(`${PROXIES[name].file} has no ${from}`)
    configuration = configuration.replaceAll(from, to)
  }
  return configuration.replaceAll(' /tmp/', ` ${folder}/`)
}

/** Starts nginx or HAProxy before these ports of 127.0.0.1; null and a notice where it is not installed. */
export async function startProxy(t: Test, name: ProxyName, instances: number[]) {
  const program = [findProgram(name), `/usr/sbin/${name}`].find((path) => path && existsSync(path))
  if (!program) return missing(t, name, `install ${name === 'nginx' ? 'nginx-light' : name}`)
  const folder = t.testdir()
  mkdirSync(folder, { recursive: true })
  const [port, file] = [await freePort(), join(folder, PROXIES[name].file)]
  writeFileSync(file, configure(name, port, instances, folder))
  const args = PROXIES[name].args(file, folder)
  await promisify(execFile)(program, [...PROXIES[name].check, ...args])
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const log = text(child.stderr)
  const end = () => child.kill('SIGTERM')
  process.once('exit', end)
  t.teardown(async () => {
    process.off('exit', end)
    await stop(child, 'SIGTERM')
  })
  const base = `http://127.0.0.1:${port}`
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${await log}`)
    const response = await fetch(`${base}/health`).catch(() => null)
    await response?.body?.cancel()
    if (response?.ok) return { base, port, child }
    await delay(20)
  }
}
