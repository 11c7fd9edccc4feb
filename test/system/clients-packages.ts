import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Files of a folder in which npm installs, by path. */
type Setup = Record<string, string>

const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`

const EXECUTION: Setup = {
  'package.json': json({ private: true, dependencies: { '@ethereumjs/client': '0.10.5' } }),
}

const LODESTAR = '1.5.1'
const SIBLINGS = [
  ...['api', 'beacon-node', 'config', 'db', 'fork-choice', 'light-client', 'params', 'reqresp'],
  ...['state-transition', 'types', 'utils', 'validator'],
]

/**
 * Lodestar as it was when it was published: its ranges have since reached packages that do not fit, or that cannot be
 * had. Two add-ons that would have to be compiled are replaced: without the real blst it verifies by WebAssembly, and
 * snappy only compresses what peers send each other, of which there are none.
 */
const CONSENSUS: Setup = {
  'package.json': json({
    private: true,
    dependencies: {
      '@chainsafe/lodestar': LODESTAR,
      '@chainsafe/blst': 'file:./blst',
      snappy: 'file:./snappy',
      // @chainsafe/discv5 imports it and does not say so.
      'lru-cache': '6.0.0',
    },
    overrides: {
      '@chainsafe/blst': '$@chainsafe/blst',
      snappy: '$snappy',
      '@libp2p/tcp': '6.1.2',
      '@multiformats/mafmt': '11.0.3',
      ...Object.fromEntries(SIBLINGS.map((name) => [`@lodestar/${name}`, LODESTAR])),
    },
  }),
  'blst/package.json': json({ name: '@chainsafe/blst', version: '0.2.11', main: 'index.js' }),
  'blst/index.js': 'exports.CoordType = { affine: 0, jacobian: 1 }\n',
  'snappy/package.json': json({
    name: 'snappy',
    version: '6.3.5',
    main: 'index.js',
    dependencies: { snappyjs: '0.7.0' },
  }),
  'snappy/index.js': `const { compress, uncompress } = require('snappyjs')
const later = (fn) => (data, ...rest) => {
  const done = rest.at(-1)
  let result
  try {
    result = fn(data)
  } catch (error) {
    return done(error)
  }
  done(null, result)
}
module.exports = { compress: later(compress), uncompress: later(uncompress) }
`,
}

/** Installs both clients, unless an earlier run did; answers the scripts that start them. Rejects with npm's reason. */
export async function installClients(say: (text: string) => void) {
  const [execution, consensus] = [await install(EXECUTION, say), await install(CONSENSUS, say)]
  return {
    execution: join(execution, 'node_modules/.bin/ethereumjs'),
    consensus: join(consensus, 'node_modules/.bin/lodestar'),
  }
}

async function install(setup: Setup, say: (text: string) => void): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(setup)).digest('hex').slice(0, 12)
  const home = join(tmpdir(), `synckairos-clients-${userInfo().username}`)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  // Others may write to the temporary folder, and what is in there is executed.
  if (statSync(home).uid !== userInfo().uid) throw new Error(`${home} belongs to somebody else`)
  const folder = join(home, hash)
  if (existsSync(folder)) return folder
  const half = `${folder}.${process.pid}`
  rmSync(half, { recursive: true, force: true })
  for (const [path, text] of Object.entries(setup)) {
    mkdirSync(dirname(join(half, path)), { recursive: true })
    writeFileSync(join(half, path), text)
  }
  say(`npm installs in ${folder}, once; this may take minutes`)
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=http']
  try {
    await promisify(execFile)('npm', ['install', ...options], { cwd: half, maxBuffer: 2 ** 26 })
    renameSync(half, folder)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    throw new Error(reasonOf(error as Error & { stderr?: string }))
  }
  return folder
}

/** What npm says of its failure first, and the requests that were refused. */
function reasonOf({ message, stderr = '' }: Error & { stderr?: string }): string {
  const lines = stderr.split('\n')
  const refused = lines.filter((line) => /^npm http fetch GET [45]/.test(line))
  const errors = lines.filter((line) => line.startsWith('npm error'))
  return [...refused.slice(-3), ...errors.slice(0, 6)].join('\n') || message
}
