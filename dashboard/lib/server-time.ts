import { type Client, client } from './api.ts'

/** How far two clocks may drift apart, as the client has it. */
const DRIFT = 100e-6

/** The server's clock against this machine's, by one question: off by half of what that took, at most. All in ms. */
let coarse: { offset: number; doubt: number; asked_at: number } | null = null

const coarseDoubt = () =>
  coarse ? coarse.doubt + DRIFT * Math.abs(Date.now() - coarse.asked_at) : Number.POSITIVE_INFINITY

/**
 * The server's time where no session is followed: one question instead of a burst, and nothing to load for it. Whoever
 * follows sessions has the client's clock, which is more exact; the better one of the two counts.
 */
export const serverTime = {
  get synced(): boolean {
    return client.clock.synced || coarse !== null
  },
  get offset(): number {
    return isCoarse() ? (coarse?.offset ?? 0) : client.clock.offset
  },
  /** How far off now() may be. */
  get uncertainty(): number {
    return Math.min(client.clock.uncertainty, coarseDoubt())
  },
  /** In ms since the Unix epoch; this machine's own until it is `synced`. */
  now: (): number => (isCoarse() ? Date.now() + (coarse?.offset ?? 0) : client.clock.now()),
}

const isCoarse = () => coarseDoubt() < client.clock.uncertainty

/** Rejects when nobody answers. */
export async function askTime({ time }: Client): Promise<void> {
  const sent_at = Date.now()
  const begun = performance.now()
  const { timestamp_ms } = await time()
  const took = performance.now() - begun
  // A millisecond more, as both clocks are read in whole ones. The less it took, the more it tells.
  const doubt = took / 2 + 1
  if (doubt <= coarseDoubt()) {
    coarse = { offset: timestamp_ms - (sent_at + took / 2), doubt, asked_at: sent_at }
  }
}
