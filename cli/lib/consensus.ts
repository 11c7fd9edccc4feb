import { fetchJson, type NodeState, percentOf } from './execution.ts'

type Data<T> = { data?: T }
type Syncing = { head_slot: string; sync_distance: string; is_syncing: boolean; is_optimistic?: boolean }
type Header = { header: { message: { slot: string } } }

/** The state of a consensus client, over its beacon API. Rejects when it cannot say whether it is syncing. */
export async function readConsensus(api: string): Promise<NodeState> {
  const get = async <T>(path: string): Promise<T | undefined> =>
    ((await fetchJson(api, path)) as Data<T>).data
  const [syncing, peers, version, head] = await Promise.all([
    get<Syncing>('/eth/v1/node/syncing'),
    get<{ connected: string }>('/eth/v1/node/peer_count').catch(() => undefined),
    get<{ version: string }>('/eth/v1/node/version').catch(() => undefined),
    get<Header>('/eth/v1/beacon/headers/head').catch(() => undefined),
  ])
  const head_slot = decimal(syncing?.head_slot)
  const distance = decimal(syncing?.sync_distance)
  if (!syncing || head_slot === null || distance === null) throw new Error('not the expected JSON')
  const height = Math.max(head_slot, decimal(head?.header?.message?.slot) ?? 0)
  const goal = Math.max(height, head_slot + distance)
  const synced = syncing.is_syncing === false && syncing.is_optimistic !== true
  return {
    version: version?.version ?? null,
    height,
    goal,
    peers: decimal(peers?.connected),
    synced,
    percent: percentOf(height, goal, synced),
  }
}

/** The beacon API writes its numbers as text. */
function decimal(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) ? number : null
}
