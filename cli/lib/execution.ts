import { reasonOf, target } from './http.ts'

/** What a client says of itself. `percent` is 100 only when it is in sync. */
export type NodeState = {
  version: string | null
  /** The height it has: a block or a slot. */
  height: number
  /** The height it is heading for, as far as it knows. */
  goal: number
  peers: number | null
  percent: number
  synced: boolean
}

const CALL_TIMEOUT_MS = 5000

/** The state of an execution client, over JSON-RPC. Rejects when it cannot say whether it is syncing. */
export async function readExecution(rpc: string): Promise<NodeState> {
  const [syncing, latest, peers, version] = await Promise.all([
    callRpc(rpc, 'eth_syncing'),
    callRpc(rpc, 'eth_blockNumber').then(quantity),
    callRpc(rpc, 'net_peerCount')
      .then(quantity)
      .catch(() => null),
    callRpc(rpc, 'web3_clientVersion')
      .then(String)
      .catch(() => null),
  ])
  const progress =
    typeof syncing === 'object' && syncing !== null ? (syncing as Record<string, unknown>) : null
  // While a client fetches state, only eth_syncing tells how far the blocks have come.
  const height = Math.max(latest, progress ? quantityOr(progress.currentBlock, 0) : 0)
  const goal = Math.max(height, progress ? quantityOr(progress.highestBlock, 0) : 0)
  const synced = progress === null && height > 0
  return { version, height, goal, peers, synced, percent: percentOf(height, goal, synced) }
}

/** Never 100 before it is true. */
export function percentOf(height: number, goal: number, synced: boolean): number {
  if (synced) return 100
  return goal === 0 ? 0 : Math.min(99.99, Math.floor((height / goal) * 10_000) / 100)
}

async function callRpc(rpc: string, method: string): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] })
  const answer = (await fetchJson(rpc, '', { method: 'POST', body })) as {
    result?: unknown
    error?: { message?: string }
  }
  if (answer.error) throw new Error(`${method}: ${answer.error.message ?? 'failed'}`)
  if (answer.result === undefined || answer.result === null) throw new Error(`${method}: no result`)
  return answer.result
}

/** A JSON answer within 5 s; rejects with a reason in a few words. */
export async function fetchJson(address: string, path: string, init: RequestInit = {}): Promise<object> {
  const { url, headers } = target(address, path)
  const signal = AbortSignal.timeout(CALL_TIMEOUT_MS)
  const json = { accept: 'application/json', ...(init.body ? { 'content-type': 'application/json' } : {}) }
  try {
    const response = await fetch(url, { ...init, headers: { ...json, ...headers }, signal })
    const text = await response.text()
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const answer: unknown = JSON.parse(text)
    if (typeof answer !== 'object' || answer === null) throw new Error('not the expected JSON')
    return answer
  } catch (error) {
    throw new Error(error instanceof SyntaxError ? 'not the expected JSON' : reasonOf(error))
  }
}

function quantity(value: unknown): number {
  const number = typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) throw new Error(`not a quantity: ${JSON.stringify(value)?.slice(0, 40)}`)
  return number
}

function quantityOr(value: unknown, fallback: number): number {
  try {
    return quantity(value)
  } catch {
    return fallback
  }
}
