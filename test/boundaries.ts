/** One file: its path from the root of the project (with `/`), its text, and what it imports. */
export type Source = { path: string; text: string; imports: Import[] }

/** `target`: a path from the root for a file of the project, else the name of a package. */
export type Import = { target: string; type: boolean; local: boolean }

/** `check` says what is wrong with a file that the rule is about; an empty list is fine. */
export type Rule = { name: string; about: RegExp; check(source: Source): string[] }

const STATIC = /^(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s+)?['"]([^'"]+)['"]/gm
const DYNAMIC = /(typeof\s+)?\bimport\(\s*['"]([^'"]+)['"]\s*\)/g
const LONGEST_FILE = 300

/** What a capability offers to the code of others; the rest of it is reached through its decorator or its types. */
const OFFERED = [
  'plugins/http/',
  ...['commit-loop', 'cursor', 'errors', 'folder-lock', 'keyed-queue', 'redis-calls', 'state-store'].map(
    (name) => `plugins/store/${name}.ts`,
  ),
  ...['config', 'frames', 'heartbeat', 'limits', 'protocol', 'slices', 'sockets'].map(
    (name) => `plugins/realtime/${name}.ts`,
  ),
  ...['boss', 'database'].map((name) => `plugins/jobs/${name}.ts`),
  ...['codec', 'errors'].map((name) => `plugins/sessions/${name}.ts`),
  'dashboard/routes.ts',
]

/** The commands that do the server's work in their own process, and so know it. */
const SERVER_COMMANDS = ['server', 'migrate', 'restore'].map((name) => `cli/commands/${name}.ts`)

/** Where the machine's own timers are right, and how many: pauses before a retry and ends of a socket are not in any
 * document, so no test needs to move them and no other instance has to agree. */
const OWN_TIMERS: Record<string, number> = {
  'plugins/history/history.ts': 1,
  'plugins/history/index.ts': 1,
  'plugins/jobs/index.ts': 1,
  'plugins/jobs/start.ts': 1,
  'plugins/outbox/index.ts': 1,
  'plugins/persistence/queue.ts': 1,
  'plugins/realtime/sockets.ts': 1,
  'plugins/realtime/sse.ts': 1,
  'plugins/runs/sockets.ts': 1,
  'plugins/runs/streams.ts': 1,
  'plugins/store/redis-calls.ts': 1,
  'plugins/store/redis-outbox.ts': 1,
  'server.ts': 1,
}

/** `plugins/store/redis.ts` -> `plugins/store`; `plugins/auth-tokens.ts`, beside `plugins/auth.ts`, is its own. */
const room = (path: string) => path.replace(/\.ts$/, '').split('/').slice(0, 2).join('/')

const under = (paths: string[], target: string) =>
  paths.some((path) => (path.endsWith('/') ? target.startsWith(path) : target === path))

const code = (text: string) => text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')

const uses = (text: string, pattern: RegExp) => code(text).match(pattern)?.length ?? 0

/** A rule about imports: `allowed` tells which ones are fine. */
function imports(name: string, about: RegExp, allowed: (one: Import, source: Source) => boolean): Rule {
  const check = (source: Source) =>
    source.imports.filter((one) => !allowed(one, source)).map((one) => `imports ${one.target}`)
  return { name, about, check }
}

/** A rule about a file as a whole. */
function file(name: string, about: RegExp, wrong: (source: Source) => boolean): Rule {
  return { name, about, check: (source) => (wrong(source) ? ['breaks it'] : []) }
}

export const RULES: Rule[] = [
  imports('engine/ imports engine/ only', /^engine\//, ({ target }) => under(['engine/'], target)),
  imports('schemas/ imports TypeBox and schemas/ only', /^schemas\//, ({ target }) =>
    under(['schemas/', '@sinclair/typebox'], target),
  ),
  imports(
    'routes/ import schemas, routes, engine errors and checks of input; of everything else types',
    /^routes\//,
    (one) =>
      !one.local ||
      one.type ||
      under(['schemas/', 'routes/', 'engine/errors.ts', 'engine/json.ts'], one.target),
  ),
  imports(
    'a plugin imports itself, schemas, engine, routes and what others offer; of other plugins types',
    /^plugins\//,
    (one, { path }) =>
      !one.local ||
      (one.type && one.target.startsWith('plugins/')) ||
      `${room(one.target)}-`.startsWith(`${room(path)}-`) ||
      under(['schemas/', 'engine/', 'routes/', ...OFFERED], one.target),
  ),
  imports(
    'sdk/ imports sdk/, and sdk/react.ts React',
    /^sdk\//,
    (one, { path }) => under(['sdk/'], one.target) || (path === 'sdk/react.ts' && one.target === 'react'),
  ),
  imports(
    'cli/ imports cli/, sdk/ and types',
    /^cli\//,
    (one, { path }) =>
      !one.local ||
      one.type ||
      under(['cli/', 'sdk/'], one.target) ||
      (SERVER_COMMANDS.includes(path) && under(['app.ts', 'config.ts', 'server.ts', 'plugins/'], one.target)),
  ),
  imports(
    'dashboard/ imports dashboard/, sdk/ and the packages that browsers get',
    /^dashboard\//,
    ({ target }) => under(['dashboard/', 'sdk/', 'preact', 'preact/hooks', 'htm', 'uplot', 'uqr'], target),
  ),
  imports(
    'demo/ imports demo/, sdk/ and types; its host the server',
    /^demo\//,
    (one, { path }) =>
      !one.local ||
      one.type ||
      under(['demo/', 'sdk/'], one.target) ||
      (path === 'demo/lib/host.ts' && under(['app.ts', 'plugins/clock.ts'], one.target)),
  ),
  imports('dashboard/routes.ts is data that the server reads, too', /^dashboard\/routes\.ts$/, () => false),
  imports(
    'app.ts is imported by server.ts, its command, the demo, tests and benches',
    /^(?!server\.ts|cli\/|demo\/|test\/|bench\/)/,
    ({ target }) => target !== 'app.ts',
  ),
  file(
    'the environment is read in server.ts, cli/, tests and benches',
    /^(?!server\.ts|cli\/|test\/|bench\/)/,
    (source) =>
      /\bprocess\s*(?:\??\.\s*env\b|\[)|=\s*process\s*$|\benv\b[^'"]*from 'node:process'/m.test(
        code(source.text),
      ),
  ),
  file(
    'time is read and waited for in plugins/clock.ts',
    /^(?!plugins\/clock\.ts|sdk\/|cli\/|demo\/|dashboard\/|test\/|bench\/)/,
    ({ path, text }) =>
      uses(text, /\bDate\.now\b|\bnew Date\(\)|\bset(?:Timeout|Interval)\b/g) !== (OWN_TIMERS[path] ?? 0),
  ),
  file(
    `a file has at most ${LONGEST_FILE} lines`,
    /./,
    ({ text }) => text.split('\n').length - 1 > LONGEST_FILE,
  ),
  file(
    'app.ts, config.ts and server.ts stand alone at the top',
    /^[^/]+$/,
    ({ path }) => !under(['app.ts', 'config.ts', 'server.ts'], path),
  ),
]

/** Reads a file's imports. Biome keeps `import type` apart, so a statement is of types as a whole or not at all. */
export function parseSource(path: string, text: string): Source {
  const found = [...text.matchAll(STATIC), ...text.matchAll(DYNAMIC)]
  const imports = found.map(([, type, specifier = '']) => {
    const local = /^\.\.?\//.test(specifier)
    const target = local ? new URL(specifier, `file:///${path}`).pathname.slice(1) : specifier
    return { target, type: type !== undefined, local }
  })
  return { path, text, imports }
}

/** Everything that is wrong with a file, as `path: rule: what`. */
export function violations(source: Source): string[] {
  return RULES.filter((rule) => rule.about.test(source.path)).flatMap((rule) =>
    rule.check(source).map((problem) => `${source.path}: ${rule.name}: ${problem}`),
  )
}
