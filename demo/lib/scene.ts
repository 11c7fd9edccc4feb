import type { Client } from '../../sdk/index.ts'
import type { Random } from './random.ts'
import type { DemoTime } from './time.ts'

/** What everything that plays has at hand. */
export type Scene = { client: Client; time: DemoTime; random: Random }
