import t from 'tap'
import { runCli } from './cli/run-cli.ts'
import { build } from './helpers/app.ts'
import { createFakeClock } from './helpers/fake-clock.ts'
import { listen } from './helpers/realtime.ts'
import { openFeed } from './helpers/runs.ts'
import { until } from './helpers/until.ts'
import { readme, withConfiguration } from './readme.ts'
import { fits, requestOf, type Shown, shownIn } from './readme-console.ts'

t.test('README.md lists every setting as the code has it', async (t) => {
  t.equal(readme(), withConfiguration(readme()), 'write it anew by: node test/readme.ts')
})

t.test('an answer fits what is shown of it, and another does not', async (t) => {
  const shown = '{"data":{"at":"2026-11-21T04:16:59.143Z",...,\n"id":"1795234619143-1-x","n":1}}'
  t.ok(fits(shown, '{"data":{"at":"2027-01-01T00:00:00.000Z","more":[1],"id":"1111111111111-1-x","n":1}}'))
  t.notOk(fits(shown, '{"data":{"at":"2027-01-01T00:00:00.000Z","more":[1],"id":"1111111111111-2-x","n":1}}'))
  t.notOk(fits(shown, '{"data":{"at":null,"more":[1],"id":"1111111111111-1-x","n":1}}'))
})

t.test('the life of a run is as README.md shows it', async (t) => {
  const clock = createFakeClock()
  const app = await build(t, {}, { clock })
  const feed = await openFeed(t, app)
  const env = { SYNCKAIROS_SERVER: `http://${await listen(app)}` }
  const shown = shownIn(readme(), 'A sync test, reported and watched', clock.now() / 1000)
  t.ok(shown.length > 20, 'its commands were found')

  /** Waits for an event, behind the one that was waited for before. */
  async function seen(event: string) {
    await feed.until(({ event: _, event_id, ...message }) =>
      fits(event, `id: ${event_id}\ndata: ${JSON.stringify(message)}`),
    )
    t.pass(event.slice(0, event.indexOf('\n')))
  }

  async function ask({ args, output }: Shown) {
    const [answer = '', ...events] = output.split(/^(?=id: )/m)
    const { url, method, body, headers } = requestOf(args)
    const send = async () => {
      const sent = { url, method: method as 'GET', headers, ...(body && { payload: body }) }
      return (await app.inject(sent)).body
    }
    // What is due happens a moment after the clock says so; only reading may be repeated.
    const got = await until(send, (text) => method === 'POST' || fits(answer, text))
    t.ok(fits(answer, got), `${method} ${url}`, { shown: answer, got })
    for (const event of events) await seen(event)
  }

  for (const each of shown) {
    const [program, ...args] = each.args
    if (program === 'sleep') clock.advance(1000 * Number(args[0]))
    else if (program === 'curl' && !each.background) await ask(each)
    else if (program === 'npx' && args[1] === 'runs') {
      const { code, stdout, stderr } = await runCli(args.slice(1), env)
      t.equal(code, 0, stderr)
      t.ok(fits(each.output, stdout), args.join(' '), { shown: each.output, got: stdout })
    }
  }
})
