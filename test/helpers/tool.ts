import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'

const BIN = join(import.meta.dirname, '..', '..', 'node_modules', '.bin')

/** Runs a program of node_modules/.bin or of this machine to its end; `output` is everything that it wrote. */
export async function runTool(
  cwd: string,
  program: string,
  ...args: string[]
): Promise<{ ok: boolean; output: string }> {
  // tap loads itself into every Node that a test starts; some tools cannot be loaded that way.
  const { NODE_OPTIONS: _tap, FORCE_COLOR: _colour, ...env } = process.env
  const child = spawn('env', ['-u', 'NODE_OPTIONS', program, ...args], {
    cwd,
    env: { ...env, PATH: `${BIN}${delimiter}${env.PATH}`, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(child, 'close')
  return { ok: code === 0, output }
}

/** The same for what has to work. */
export async function mustRun(cwd: string, program: string, ...args: string[]): Promise<string> {
  const { ok, output } = await runTool(cwd, program, ...args)
  if (!ok) throw new Error(`${program} ${args.join(' ')}: ${output}`)
  return output
}
