import { createClient } from '../sdk/index.ts'
import { guide } from './guide.ts'
import { createSystemClock, findPort, type Host, startHost } from './lib/host.ts'
import { createRandom } from './lib/random.ts'
import { createDemoTime } from './lib/time.ts'
import { letVisitorsIn } from './lib/visitors.ts'
import { ACTS, type Act } from './programme.ts'

export type DemoOptions = { port?: number; host: string; speed: number; seed: string }

const USUAL_PORT = 3000
const MINUTE_MS = 60_000
/** A terminal signals npm, too, which passes it on: what comes twice within this time is one signal, in ms. */
const SAME_SIGNAL_MS = 300

/** Starts a server and plays on it, until it is told to end. */
export async function runDemo({ port, host, speed, seed }: DemoOptions): Promise<void> {
  const minutes = Math.max(...ACTS.map(({ minutes_ago }) => minutes_ago)) + 1
  const time = createDemoTime(createSystemClock(), minutes * MINUTE_MS, speed)
  const random = createRandom(seed)
  let server: Host | null = null
  let ending = false
  onSignal(async () => {
    ending = true
    await server?.close()
    process.exit()
  })
  server = await startHost(port ?? (await findPort(USUAL_PORT, host)), host, time.clock)
  const client = createClient({ url: server.url, fetch: time.fetch })

  const perform = async ({ name, minutes_ago, rest_s, play }: Act) => {
    await time.pause((minutes - minutes_ago) * MINUTE_MS)
    for (let round = 0; ; round++) {
      const scene = { client, time, random: random.stream(`${name} ${round}`) }
      await play(scene, round).catch((error: Error) => {
        if (!ending) say(`${name}: ${error.message}`)
      })
      if (!rest_s) return
      await time.pause(scene.random.between(...rest_s) * 1000)
    }
  }

  say(`Playing the last ${Math.round(minutes / 60)} hours in fast motion ...`)
  for (const act of ACTS) time.begin(() => perform(act))
  await time.catchUp()
  time.begin(() => letVisitorsIn({ client, time, random: random.stream('visitors') }))
  say(await guide(client))
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** The first signal ends the demo in an orderly way, a second one at once. */
function onSignal(end: () => Promise<void>): void {
  let signalled_at: number | null = null
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (signalled_at === null) {
        signalled_at = performance.now()
        void end()
      } else if (performance.now() - signalled_at > SAME_SIGNAL_MS) process.exit(1)
    })
  }
}
