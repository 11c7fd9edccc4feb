import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import auth from '../../plugins/auth.ts'
import { chooseProtocol, tokenOfProtocols } from '../../plugins/auth-subprotocol.ts'
import { bareServer } from '../helpers/http.ts'

const FIRST = 'kM3vQ8xR2tY7wB5nZ1pL'
const SECOND = 'another-token-of-20-c'

const build = (t: Test, tokens?: string) =>
  bareServer(t, async (app) => {
    await app.register(auth, tokens === undefined ? {} : { AUTH_TOKENS: tokens })
    app.post('/change', { onRequest: app.auth.requireToken }, async () => ({ changed: true }))
    app.get('/read', async () => ({}))
  })

t.test('without tokens everything is open', async (t) => {
  const { app } = await build(t)
  t.equal(app.auth.enabled, false)
  t.equal((await app.inject({ method: 'POST', url: '/change' })).statusCode, 200)
})

t.test('with tokens a change needs one of them, a read none', async (t) => {
  const { app, log } = await build(t, `${FIRST}, ${SECOND}`)
  t.equal(app.auth.enabled, true)
  t.equal((await app.inject('/read')).statusCode, 200)
  const change = (authorization?: string) =>
    app.inject({
      method: 'POST',
      url: '/change',
      headers: authorization === undefined ? {} : { authorization },
    })
  for (const header of [`Bearer ${FIRST}`, `bearer ${SECOND}`, `Bearer  ${FIRST} `]) {
    t.equal((await change(header)).statusCode, 200, header)
  }
  for (const header of [
    undefined,
    '',
    'Bearer',
    `Basic ${FIRST}`,
    FIRST,
    `Bearer ${FIRST}x`,
    `Bearer ${FIRST},${SECOND}`,
  ]) {
    const response = await change(header)
    t.equal(response.statusCode, 401, `${header}`)
    t.equal(response.json().error.code, 'UNAUTHORIZED')
    t.equal(response.headers['www-authenticate'], 'Bearer')
  }
  t.notOk(JSON.stringify(log).includes(FIRST))
})

t.test('a token is asked for before the body is read', async (t) => {
  const { app } = await build(t, FIRST)
  const headers = { 'content-type': 'application/json' }
  t.equal((await app.inject({ method: 'POST', url: '/change', headers, payload: '{' })).statusCode, 401)
})

t.test('an open server warns when others than this machine can reach it', async (t) => {
  const warned = async (host: string, tokens?: string) => {
    const { app, log } = await build(t, tokens)
    await app.listen({ port: 0, host })
    await app.close()
    return log.some(({ level, msg }) => level === 40 && /AUTH_TOKENS/.test(String(msg)))
  }
  t.equal(await warned('0.0.0.0'), true)
  t.equal(await warned('0.0.0.0', FIRST), false)
  t.equal(await warned('127.0.0.1'), false)
  t.equal(await warned('localhost'), false)
})

t.test(
  'tokens of a file are read again when it changes, and one that cannot be read changes nothing',
  async (t) => {
    const folder = t.testdir({ tokens: `# rotated on Mondays\n${FIRST}\n` })
    const file = join(folder, 'tokens')
    const { app, clock, log } = await bareServer(t, (app) => app.register(auth, { AUTH_TOKENS_FILE: file }))
    t.equal(app.auth.accepts(FIRST), true)
    t.equal(app.auth.accepts('# rotated on Mondays'), false)
    const until = async (holds: () => boolean) => {
      for (let i = 0; i < 1000 && !holds(); i++) {
        clock.advance(1000)
        await setImmediate()
      }
      t.ok(holds())
    }
    writeFileSync(file, `${FIRST}\n\n${SECOND}\n`)
    await until(() => app.auth.accepts(SECOND))
    t.equal(app.auth.accepts(FIRST), true, 'the old one goes on, until it is taken out')
    rmSync(file)
    await until(() => log.some(({ msg }) => msg === 'the tokens stay as they were'))
    t.equal(app.auth.accepts(SECOND), true)
    writeFileSync(file, '')
    await until(() => !app.auth.accepts(SECOND))
    t.equal(app.auth.enabled, true, 'an empty file opens nothing')
  },
)

t.test('a file of tokens that is not there keeps the server from starting', async (t) => {
  const start = bareServer(t, (app) => app.register(auth, { AUTH_TOKENS_FILE: '/nowhere/tokens' }))
  await t.rejects(start, { code: 'ENOENT' })
})

const withReads = (t: Test, options: Parameters<typeof auth>[1]) =>
  bareServer(t, async (app) => {
    await app.register(auth, { AUTH_READS: 1, ...options })
    app.get('/read', { onRequest: app.auth.requireReadToken }, async () => ({}))
  })

const protocols = (token: string) => `synckairos, bearer.${Buffer.from(token).toString('base64url')}`

t.test('with AUTH_READS reading needs a token too', async (t) => {
  const { app } = await withReads(t, { AUTH_TOKENS: FIRST })
  t.equal((await app.inject('/read')).statusCode, 401)
  const headers = { authorization: `Bearer ${FIRST}` }
  t.equal((await app.inject({ url: '/read', headers })).statusCode, 200)
})

t.test('where no other header can be set the token comes as a subprotocol', async (t) => {
  const { app, log } = await withReads(t, { AUTH_TOKENS: FIRST })
  const read = async (header: string, more: Record<string, string> = {}) =>
    (await app.inject({ url: '/read', headers: { 'sec-websocket-protocol': header, ...more } })).statusCode
  t.equal(await read(protocols(FIRST)), 200)
  t.equal(
    await read(protocols(FIRST), { authorization: 'Basic cHJveHk6cHJveHk=' }),
    200,
    "a proxy's own login",
  )
  t.equal(await read(protocols(FIRST), { authorization: `Bearer ${SECOND}` }), 401, 'the header comes first')
  for (const header of ['', 'synckairos', 'synckairos, bearer.', `synckairos, ${FIRST}`, protocols(SECOND)]) {
    t.equal(await read(header), 401, header)
  }
  t.notOk(JSON.stringify(log).includes(Buffer.from(FIRST).toString('base64url')))
})

t.test('a token is read out of the subprotocols, and never agreed on', async (t) => {
  const rows: [header: string, token: string | undefined, agreed: string | false][] = [
    ['synckairos', undefined, 'synckairos'],
    ['synckairos, bearer.w7zFgg', 'üł', 'synckairos'],
    ['bearer.YQ,synckairos', 'a', 'synckairos'],
    ['Bearer.YQ', 'a', false],
    ['other, bearer.YQ', 'a', 'other'],
    ['bearer.YQ, other', 'a', 'other'],
  ]
  for (const [header, token, agreed] of rows) {
    t.equal(tokenOfProtocols(header), token, header)
    t.equal(chooseProtocol(new Set(header.split(',').map((name) => name.trim()))), agreed, header)
  }
  t.equal(tokenOfProtocols(undefined), undefined)
})

t.test('whoever was let in is told when the token is withdrawn', async (t) => {
  const folder = t.testdir({ tokens: `${FIRST}\n${SECOND}\n` })
  const { app, clock } = await withReads(t, { AUTH_TOKENS_FILE: join(folder, 'tokens') })
  const standing = (token: string) =>
    app.auth.standing({ headers: { authorization: `Bearer ${token}` } } as Parameters<
      typeof app.auth.standing
    >[0])
  const [first, second] = [standing(FIRST), standing(SECOND)]
  t.strictSame([first(), second(), first()], [true, true, true])
  writeFileSync(join(folder, 'tokens'), `${SECOND}\n`)
  for (let i = 0; i < 1000 && first(); i++) {
    clock.advance(1000)
    await setImmediate()
  }
  t.strictSame([first(), second()], [false, true])
  const { app: open } = await build(t, FIRST)
  t.equal(open.auth.standing({ headers: {} } as never)(), true, 'reads are open: nobody is asked')
})
