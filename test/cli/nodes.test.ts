import type { RequestListener } from 'node:http'
import { test } from 'tap'
import { readConsensus } from '../../cli/lib/consensus.ts'
import { readExecution } from '../../cli/lib/execution.ts'
import hardhat from '../fixtures/clients/hardhat.json' with { type: 'json' }
import lodestar from '../fixtures/clients/lodestar.json' with { type: 'json' }
import { beaconNode, executionNode, hex, listen } from './fake-nodes.ts'

type Answers = Record<string, unknown>
const el = {
  eth_syncing: false,
  eth_blockNumber: '0x10',
  net_peerCount: '0x3',
  web3_clientVersion: 'Geth/v1',
}
const cl = {
  '/eth/v1/node/syncing': {
    head_slot: '90',
    sync_distance: '10',
    is_syncing: true,
    is_optimistic: false,
    el_offline: false,
  },
  '/eth/v1/node/peer_count': { connected: '4', connecting: '0', disconnected: '0', disconnecting: '0' },
  '/eth/v1/node/version': { version: 'teku/v1' },
  '/eth/v1/beacon/headers/head': { header: { message: { slot: '90' } } },
}
const syncing = (more: object) => ({
  ...cl,
  '/eth/v1/node/syncing': { ...cl['/eth/v1/node/syncing'], ...more },
})

async function ask<T>(handler: RequestListener, read: (url: string) => Promise<T>): Promise<T> {
  const server = await listen(handler)
  try {
    return await read(server.url)
  } finally {
    await server.close()
  }
}

test('an execution client is in sync when it says so and has a block', async (t) => {
  const rows: [string, Answers, object][] = [
    ['in sync', el, { synced: true, height: 16, goal: 16, percent: 100, peers: 3, version: 'Geth/v1' }],
    ['nothing yet', { ...el, eth_blockNumber: '0x0' }, { synced: false, height: 0, percent: 0 }],
    [
      'syncing',
      { ...el, eth_syncing: { startingBlock: '0x0', currentBlock: hex(250), highestBlock: hex(1000) } },
      { synced: false, height: 250, goal: 1000, percent: 25 },
    ],
    [
      'the last blocks are never 100 %',
      {
        ...el,
        eth_blockNumber: hex(1000),
        eth_syncing: { currentBlock: hex(1000), highestBlock: hex(1000) },
      },
      { synced: false, percent: 99.99 },
    ],
    [
      'no goal yet',
      { ...el, eth_blockNumber: '0x0', eth_syncing: { currentBlock: '0x0' } },
      { percent: 0, synced: false },
    ],
    [
      'odd fields',
      { ...el, eth_syncing: { currentBlock: 7, highestBlock: null } },
      { height: 16, synced: false },
    ],
    [
      'stages of Erigon',
      { ...el, eth_syncing: { currentBlock: '0x5', highestBlock: '0x20', stages: [] } },
      { height: 16, goal: 32 },
    ],
    [
      'no net module',
      { ...el, net_peerCount: undefined, web3_clientVersion: undefined },
      { peers: null, version: null, synced: true },
    ],
  ]
  for (const [name, answers, expected] of rows)
    t.match(await ask(executionNode(answers), readExecution), expected, name)
})

test('an execution client that does not answer as it should is away, with the reason', async (t) => {
  const say =
    (text: string, status = 200): RequestListener =>
    (_request, response) => {
      response.statusCode = status
      response.end(text)
    }
  const rows: [RequestListener, RegExp][] = [
    [executionNode({ ...el, eth_syncing: undefined }), /eth_syncing: the method eth_syncing does not exist/],
    [executionNode({ ...el, eth_blockNumber: 'latest' }), /not a quantity/],
    [executionNode({ ...el, eth_blockNumber: null }), /no result/],
    [say('<html>'), /not the expected JSON/],
    [say('null'), /not the expected JSON/],
    [say('{}', 502), /HTTP 502/],
    [(request) => request.socket.destroy(), /other side closed|ECONNRESET|UND_ERR_SOCKET/],
  ]
  for (const [handler, reason] of rows) await t.rejects(ask(handler, readExecution), { message: reason })
  await t.rejects(readExecution('http://127.0.0.1:9'), /bad port|ECONNREFUSED/)
})

test('a user and a password in the address go along as they should', async (t) => {
  let seen: string | undefined
  const server = await listen((request, response) => {
    seen = request.headers.authorization
    executionNode(el)(request, response)
  })
  t.teardown(server.close)
  await readExecution(server.url.replace('http://', 'http://me:s%40cret@'))
  t.equal(seen, `Basic ${Buffer.from('me:s@cret').toString('base64')}`)
})

test('a consensus client is in sync when it is neither syncing nor optimistic', async (t) => {
  const rows: [string, Answers, object][] = [
    ['syncing', cl, { synced: false, height: 90, goal: 100, percent: 90, peers: 4, version: 'teku/v1' }],
    ['in sync', syncing({ sync_distance: '0', is_syncing: false }), { synced: true, percent: 100 }],
    [
      'optimistic',
      syncing({ sync_distance: '0', is_syncing: false, is_optimistic: true }),
      { synced: false, percent: 99.99 },
    ],
    ['older, without optimism', syncing({ is_syncing: false, is_optimistic: undefined }), { synced: true }],
    [
      'nothing but the state',
      { '/eth/v1/node/syncing': cl['/eth/v1/node/syncing'] },
      { peers: null, version: null, height: 90 },
    ],
    [
      'a newer head',
      { ...cl, '/eth/v1/beacon/headers/head': { header: { message: { slot: '95' } } } },
      { height: 95 },
    ],
  ]
  for (const [name, answers, expected] of rows)
    t.match(await ask(beaconNode(answers), readConsensus), expected, name)
  await t.rejects(ask(beaconNode({}), readConsensus), { message: 'HTTP 404' })
  await t.rejects(ask(beaconNode(syncing({ head_slot: 5 })), readConsensus), {
    message: 'not the expected JSON',
  })
})

test('the answers that real clients gave are understood', async (t) => {
  const results = (recorded: Record<string, { result: unknown }>) =>
    Object.fromEntries(Object.entries(recorded).map(([method, { result }]) => [method, result]))
  const data = (recorded: Record<string, { data: unknown }>) =>
    Object.fromEntries(Object.entries(recorded).map(([path, answer]) => [path, answer.data]))
  t.same(await ask(executionNode(results(hardhat.in_sync)), readExecution), {
    version: 'HardhatNetwork/2.26.3/@nomicfoundation/edr/0.3.5',
    height: 100,
    goal: 100,
    peers: 0,
    synced: true,
    percent: 100,
  })
  t.match(await ask(executionNode(results(hardhat.new)), readExecution), {
    height: 0,
    synced: false,
    percent: 0,
  })
  t.same(await ask(beaconNode(data(lodestar.in_sync)), readConsensus), {
    version: 'Lodestar/v1.5.1/2115aa7',
    height: 14,
    goal: 14,
    peers: 0,
    synced: true,
    percent: 100,
  })
  const behind = {
    ...data(lodestar.in_sync),
    ...data(lodestar.syncing),
    '/eth/v1/beacon/headers/head': undefined,
  }
  t.match(await ask(beaconNode(behind), readConsensus), { height: 0, goal: 39, synced: false, percent: 0 })
})
