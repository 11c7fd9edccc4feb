import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'

export type Ended = { exit_code: number; reason: string | null }

/** After the command has ended, its output is waited for while it flows: a left-behind grandchild may hold it open. */
const QUIET_MS = 500

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/**
 * Runs a command with this process's input, its output passed through byte by byte and shown to `onOutput`. Resolves
 * with what a shell would make of its end: its own code, 128 + n for a signal, 127 not found, 126 not executable.
 */
export async function runChild(
  command: string,
  args: string[],
  onOutput: { stdout(chunk: Buffer): void; stderr(chunk: Buffer): void },
): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['inherit', 'pipe', 'pipe'] })
  const stopForwarding = forwardSignals(child)
  const out = passThrough(child.stdout, process.stdout, onOutput.stdout)
  const err = passThrough(child.stderr, process.stderr, onOutput.stderr)
  try {
    const ended = await exitOf(command, child)
    await Promise.all([out(), err()])
    return ended
  } finally {
    stopForwarding()
  }
}

function exitOf(command: string, child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return
      process.stderr.write(`synckairos: cannot run ${command}: ${error.message}\n`)
      resolve({ exit_code: error.code === 'ENOENT' ? 127 : 126, reason: `cannot run: ${error.code}` })
    })
    child.once('exit', (code, signal) => {
      if (signal) resolve({ exit_code: 128 + constants.signals[signal], reason: `ended by ${signal}` })
      else resolve({ exit_code: code ?? 1, reason: code === 0 ? null : `exit code ${code}` })
    })
  })
}

/** Copies with backpressure. What it returns waits for the rest, as long as something still comes or is being written. */
function passThrough(from: Readable, to: Writable, onChunk: (chunk: Buffer) => void): () => Promise<void> {
  let last_at = performance.now()
  const ended = new Promise<void>((resolve) => {
    from.once('close', resolve)
  })
  from.on('data', (chunk: Buffer) => {
    last_at = performance.now()
    onChunk(chunk)
  })
  from.pipe(to, { end: false })
  // Nobody reads any more: the command gets its own SIGPIPE, as it would without this one in between.
  to.once('error', () => from.destroy())

  return async () => {
    const { promise: quiet, resolve } = Promise.withResolvers<void>()
    const timer = setInterval(() => {
      if (!to.writableNeedDrain && performance.now() - last_at >= QUIET_MS) resolve()
    }, QUIET_MS / 5)
    last_at = performance.now()
    await Promise.race([ended, quiet])
    clearInterval(timer)
    from.destroy()
  }
}

/** On a terminal, Ctrl-C and Ctrl-\ have reached the command already, which is in the same foreground group. */
function forwardSignals(child: ChildProcess): () => void {
  const typed: string[] = process.stdin.isTTY ? ['SIGINT', 'SIGQUIT'] : []
  const forward = (signal: NodeJS.Signals) => {
    if (!typed.includes(signal)) child.kill(signal)
  }
  for (const name of FORWARDED) process.on(name, forward)
  return () => {
    for (const name of FORWARDED) process.off(name, forward)
  }
}
