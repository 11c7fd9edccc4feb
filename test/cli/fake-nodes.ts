import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Listening = { url: string; close(): Promise<void> }

export async function listen(handler: RequestListener): Promise<Listening> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export const hex = (value: number) => `0x${value.toString(16)}`

/** Answers by JSON-RPC method; what is missing is no method of it, a function is called. */
export function executionNode(results: Record<string, unknown>): RequestListener {
  return async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { id, method } = JSON.parse(text) as { id: number; method: string }
    const known = results[method]
    const result = typeof known === 'function' ? known() : known
    const error = { code: -32601, message: `the method ${method} does not exist` }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...(result === undefined ? { error } : { result }) }))
  }
}

/** Answers by path, wrapped in `data` as the beacon API has it; what is missing is 404, a function is called. */
export function beaconNode(answers: Record<string, unknown>): RequestListener {
  return (request, response) => {
    const known = answers[request.url ?? '']
    const data = typeof known === 'function' ? known() : known
    response.statusCode = data === undefined ? 404 : 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(data === undefined ? { code: 404, message: 'not found' } : { data }))
  }
}

/** A pair that comes into sync after `polls` looks. */
export async function syncingPair(polls: number) {
  let looks = 0
  const left = () => Math.max(0, polls - looks)
  const execution = await listen(
    executionNode({
      eth_syncing: () => {
        looks += 1
        return left() > 0
          ? { startingBlock: '0x0', currentBlock: hex(1000 - left()), highestBlock: hex(1000) }
          : false
      },
      eth_blockNumber: () => hex(left() > 0 ? 0 : 1000),
      net_peerCount: hex(7),
      web3_clientVersion: 'Geth/v1.16.1-stable/linux-amd64/go1.24.4',
    }),
  )
  const consensus = await listen(
    beaconNode({
      '/eth/v1/node/syncing': () => ({
        head_slot: `${2000 - left()}`,
        sync_distance: `${left()}`,
        is_syncing: left() > 0,
        is_optimistic: false,
        el_offline: false,
      }),
      '/eth/v1/node/peer_count': { connected: '9', connecting: '0', disconnected: '1', disconnecting: '0' },
      '/eth/v1/node/version': { version: 'Lighthouse/v7.1.0/x86_64-linux' },
      '/eth/v1/beacon/headers/head': () => ({ header: { message: { slot: `${2000 - left()}` } } }),
    }),
  )
  return {
    args: ['--el-rpc', execution.url, '--cl-api', consensus.url],
    execution,
    consensus,
    get looks() {
      return looks
    },
    close: async () => {
      await Promise.all([execution.close(), consensus.close()])
    },
  }
}
