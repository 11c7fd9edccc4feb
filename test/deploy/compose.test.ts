import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { missing } from '../helpers/not-run.ts'
import { findProgram, freePort, stop } from '../helpers/servers.ts'
import { type Document, readDeploy, readYaml, VERSION, wrongSettings } from './documents.ts'

const compose = readYaml('compose.yml')
const services: [string, Document][] = Object.entries(compose.services)
const instances = services.filter(([name]) => name.startsWith('synckairos-'))
const SECRETS = '/run/secrets'
const execute = promisify(execFile)

const succeeds = (program: string, args: string[]): Promise<boolean> =>
  execute(program, args).then(
    () => true,
    () => false,
  )

/** The script of a `command: [sh, -ec, script]`, as the shell gets it. */
const scriptOf = (service: Document): string => {
  const [shell, flags, script] = service.command as string[]
  if (shell !== 'sh' || flags !== '-ec' || !script) throw new Error('not a script')
  return script.replaceAll('$$', '$')
}

function replace(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`${from} is not in ${text}`)
    return result.replaceAll(from, to)
  }, text)
}

/** Runs a script as a container's first process would be, until the end of the test. */
function run(t: Test, script: string, env: Record<string, string> = {}) {
  const child = spawn('sh', ['-ec', script], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.resume()
  t.teardown(() => stop(child, 'SIGKILL'))
  return child
}

t.test('every container has the least that it needs, and says how it is', async (t) => {
  for (const [name, service] of services) {
    t.match(
      service,
      {
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        stop_grace_period: /^\d+s$/,
        healthcheck: { test: Array, interval: String, timeout: String, retries: Number },
        deploy: { resources: { limits: { cpus: String, memory: String, pids: Number } } },
      },
      name,
    )
    t.notOk(service.privileged, `${name} is not privileged`)
    if (service.build) t.match(readDeploy('../Dockerfile'), /^USER node$/m, 'the image names its user')
    else t.match(service.user, /^[1-9]\d*:[1-9]\d*$/, `${name} has a user other than root`)
  }
})

t.test('whatever a service refers to is there', async (t) => {
  for (const [name, service] of services) {
    for (const [other, { condition }] of Object.entries<Document>(service.depends_on ?? {})) {
      t.equal(condition, 'service_healthy', `${name} waits for ${other}`)
      t.ok(compose.services[other]?.healthcheck)
    }
    for (const secret of service.secrets ?? []) t.ok(compose.secrets[secret], `${name}: secret ${secret}`)
    const text = JSON.stringify(service)
    const used = [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, secret]) => secret)
    t.same([...new Set(used)].sort(), [...(service.secrets ?? [])].sort(), `${name} uses the secrets it gets`)
    const networks = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks)
    for (const network of networks) t.ok(network in compose.networks, `${name}: network ${network}`)
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':')
      if (source.startsWith('./')) t.ok(readDeploy(source), source)
      else t.ok(source in compose.volumes, `${name}: volume ${source}`)
    }
  }
  for (const { file } of Object.values<Document>(compose.secrets)) {
    t.match(file, /^\.\/secrets\//)
  }
  t.match(readDeploy('.gitignore'), /^secrets\/$/m, 'no secret is committed')
})

t.test('the instances get settings that they know, and nginx finds them', async (t) => {
  t.equal(instances.length, 2)
  const nginx = compose.services.nginx
  for (const [name, service] of instances) {
    t.equal(service.image, `synckairos:${VERSION}`)
    const script = scriptOf(service)
    const urls = [...script.matchAll(/export (\w+)="(.*)"/g)].map(([, key, value]) => [key, value])
    t.same(wrongSettings({ ...service.environment, ...Object.fromEntries(urls) }), [])
    const address = service.networks.inside.ipv4_address
    t.equal(service.environment.TRUST_PROXY, nginx.networks.inside.ipv4_address)
    t.ok(nginx.extra_hosts.includes(`${name}:${address}`))
    t.match(readDeploy('nginx.conf'), `server ${name}:${service.environment.PORT} `)
    t.ok(Number.parseInt(service.stop_grace_period, 10) > 15, 'longer than a shutdown may take')
    t.ok(nginx.depends_on[name])
  }
  const [published] = nginx.ports
  t.match(readDeploy('nginx.conf'), `listen ${published.split(':').at(-1)};`)
})

t.test(
  'Redis and an instance start as written, healthy when they should be, and end on SIGTERM',
  async (t) => {
    const [server, client] = [findProgram('redis-server'), findProgram('redis-cli')]
    if (!server || !client) return void missing(t, 'redis-server', 'install redis-server (7 or later)')
    const folder = t.testdir({
      secrets: { redis_password: 'r\n', postgres_password: 'p\n', auth_token: 'a-token-of-enough-letters\n' },
      redis: {},
    })
    const secrets = { [SECRETS]: join(folder, 'secrets') }
    const [redisPort, port] = [await freePort(), await freePort()]

    const { redis } = compose.services
    run(
      t,
      replace(scriptOf(redis), {
        ...secrets,
        'dir /data': `dir ${folder}/redis\nport ${redisPort}\nbind 127.0.0.1`,
      }),
    )
    const [, check] = redis.healthcheck.test as [string, string]
    const redisCli = { ...secrets, 'redis-cli': `redis-cli -p ${redisPort}` }
    const redisHealth = () => succeeds('sh', ['-c', replace(check.replaceAll('$$', '$'), redisCli)])
    while (!(await redisHealth())) await delay(20)
    for (const [name, value] of Object.entries({
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      maxmemory: '536870912',
      'maxmemory-policy': 'noeviction',
    })) {
      const args = ['-p', `${redisPort}`, 'config', 'get', name]
      const { stdout } = await execute(client, args, { env: { REDISCLI_AUTH: 'r' } })
      t.equal(stdout, `${name}\n${value}\n`)
    }

    const [, service] = instances[0] as [string, Document]
    const script = { ...secrets, '@redis:6379': `@127.0.0.1:${redisPort}` }
    const [kind, program, ...args] = service.healthcheck.test as [string, string, ...string[]]
    t.equal(kind, 'CMD')
    const healthy = () =>
      succeeds(
        program,
        args.map((part) => part.replace('3000', `${port}`)),
      )
    t.notOk(await healthy(), 'not before it listens')
    const child = run(t, replace(scriptOf(service), script), {
      ...service.environment,
      AUTH_TOKENS_FILE: service.environment.AUTH_TOKENS_FILE.replace(SECRETS, secrets[SECRETS]),
      HOST: '127.0.0.1',
      PORT: `${port}`,
      PERSISTENCE: 'off',
    })
    while (!(await healthy())) await delay(50)
    const url = `http://127.0.0.1:${port}/v1/sessions/00000000-0000-4000-8000-000000000000/start`
    const authorization = 'Bearer a-token-of-enough-letters'
    t.equal((await fetch(url, { method: 'POST' })).status, 401, 'changes need the token')
    t.equal((await fetch(url, { method: 'POST', headers: { authorization } })).status, 404)

    writeFileSync(join(folder, 'secrets', 'redis_password'), 'another\n')
    t.notOk(await redisHealth(), 'without the password nobody is told that Redis is well')
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    t.equal(code, 0, 'the shell has made room for the server, which gets the signal itself')
  },
)
