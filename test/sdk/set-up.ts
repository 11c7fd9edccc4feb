import { setImmediate as turn } from 'node:timers/promises'
import { createReporter, type ReporterError, type ReporterOptions } from '../../sdk/reporter.ts'
import { createFakeClock } from '../helpers/fake-clock.ts'
import type { RunServer } from './run-server.ts'

export const START = Date.UTC(2026, 0, 1)
export const client = (type: string) => ({ type, image: `${type}:latest` })
export const run = { run_id: 'r1', network: 'hoodi', el_client: client('geth'), cl_client: client('teku') }

/** A reporter of run r1 on fake time, and what it told its listeners. */
export function setUp(server: RunServer, more: Partial<ReporterOptions> = {}) {
  const clock = createFakeClock(START)
  const errors: ReporterError[] = []
  const connection: string[] = []
  const reporter = createReporter({
    server: 'http://server.test/',
    run,
    clock,
    fetch: server.fetch,
    random: () => 1,
    onError: (error) => errors.push(error),
    onConnection: (connected, reason) => connection.push(connected ? 'back' : reason),
    ...more,
  })
  /** Lets time pass a second at a time, with everything that it sets off. */
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1000)
      await calm()
    }
  }
  return { clock, reporter, errors, connection, pass }
}

/** Lets all calls to the in-memory server be answered. */
export async function calm() {
  for (let i = 0; i < 20; i++) await turn()
}

export const blocks = (server: RunServer) => server.run('r1').points.map(({ metrics }) => metrics.block)
export const done = { success: true, final_block: 9, final_slot: 8 }
