import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readConsensus } from '../../cli/lib/consensus.ts'
import { type NodeState, readExecution } from '../../cli/lib/execution.ts'
import { freePort } from '../helpers/servers.ts'

const ANSWERS_WITHIN_MS = 120_000

export type ClientNode = { readonly url: string; kill(): Promise<void> }

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** Starts a script and resolves once `read` gets an answer at `url`; what it prints goes to `log`. */
async function launch(
  [script, ...args]: string[],
  { url, log, env, read }: { url: string; log: string; env: object; read(url: string): Promise<NodeState> },
): Promise<ClientNode> {
  const child = spawn(process.execPath, [script as string, ...args], {
    // Lodestar leaves its genesis where it stands.
    cwd: dirname(log),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.add(child)
  const out = createWriteStream(log, { flags: 'a' })
  for (const stream of [child.stdout, child.stderr]) stream.pipe(out, { end: false })
  const gone = once(child, 'exit').then(() => children.delete(child))
  const until = performance.now() + ANSWERS_WITHIN_MS
  while (!(await read(url).catch(() => null))) {
    if (!children.has(child) || performance.now() > until) {
      throw new Error(`${script} does not answer at ${url}; see ${log}`)
    }
    await delay(250)
  }
  return {
    url,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

/** An EthereumJS client on a chain of its own, with a block every 10 s when it mines, else with none. */
export async function startExecution(script: string, folder: string, port: number, mine: boolean) {
  const url = `http://127.0.0.1:${port}`
  const args = [
    ...['--dev=poa', `--mine=${mine}`, '--isSingleNode', '--discDns=false', '--discV4=false'],
    ...['--rpc', '--rpcAddr=127.0.0.1', `--rpcPort=${port}`, `--port=${await freePort()}`],
    `--dataDir=${folder}`,
  ]
  return launch([script, ...args], { url, log: join(folder, 'log'), env: {}, read: readExecution })
}

/** A Lodestar beacon node on a chain of its own, with eight validators and a slot every 6 s. */
export async function startConsensus(script: string, folder: string) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = [
    ...['dev', '--genesisValidators', '8', '--startValidators', '0..7', '--beaconNodes', url],
    ...['--genesisTime', `${Math.floor(Date.now() / 1000)}`, '--dataDir', folder, '--discv5', 'false'],
    ...['--rest.port', `${port}`, '--listenAddress', '127.0.0.1', '--port', `${await freePort()}`],
  ]
  // Its key store has native code that is not compiled here, and a backend without.
  const env = { LODESTAR_PRESET: 'minimal', NODE_BACKEND: 'js' }
  return launch([script, ...args], { url, log: join(folder, 'log'), env, read: readConsensus })
}
