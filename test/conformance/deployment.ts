import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Config } from '../../app.ts'
import type { FakeClock } from '../helpers/fake-clock.ts'

/** Two ways into one service: two instances on one store, or the same instance twice where there can be only one. */
export type Deployment = { a: FastifyInstance; b: FastifyInstance; clock: FakeClock }

/** Brings up a deployment of its own for one test. */
export type Deploy = (t: Test, settings?: Partial<Config>) => Promise<Deployment>
