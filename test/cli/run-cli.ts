import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

export type Cli = {
  child: ChildProcess
  /** Resolves once `text` or a match has been printed; rejects when the process ends without. */
  printed(what: RegExp, stream?: 'stdout' | 'stderr'): Promise<void>
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>
}

/** The command line in a process of its own, without what this environment says of servers. */
export function startCli(args: string[], env: Record<string, string> = {}): Cli {
  const inherited = Object.entries(process.env).filter(([name]) => !/^SYNCKAIROS_/.test(name))
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = { stdout: '', stderr: '' }
  const changed = new EventTarget()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      out[name] += text
      changed.dispatchEvent(new Event('change'))
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...out }))
  return {
    child,
    ended,
    printed: (what, stream = 'stdout') =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (what.test(out[stream])) resolve()
        }
        changed.addEventListener('change', look)
        void ended.then(() => reject(new Error(`it ended without ${what}: ${out.stdout}\n${out.stderr}`)))
        look()
      }),
  }
}

export const runCli = (args: string[], env: Record<string, string> = {}) => startCli(args, env).ended
