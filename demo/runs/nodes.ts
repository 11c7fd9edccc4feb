/** How one client behaves while it syncs. `course`: how far it is (0..1) after which part of the time (0..1). */
export type Behaviour = {
  type: string
  image: string
  version: string
  course: [part: number, done: number][]
  peers: number
  disk_gb: number
  memory_gb: number
  /** Of one core. */
  cpu_percent: number
  read_mb_s: number
  write_mb_s: number
}

export type Pair = { execution: Behaviour; consensus: Behaviour; sync_minutes: number }

const EVEN: Behaviour['course'] = [
  [0, 0],
  [1, 1],
]

const geth: Behaviour = {
  type: 'geth',
  image: 'ethereum/client-go:v1.16.7',
  version: 'Geth/v1.16.7-stable/linux-amd64/go1.24.9',
  // It has nearly all blocks early, and then heals its state.
  course: [
    [0, 0],
    [0.06, 0.02],
    [0.55, 0.88],
    [0.78, 0.93],
    [1, 1],
  ],
  peers: 42,
  disk_gb: 38,
  memory_gb: 5.6,
  cpu_percent: 310,
  read_mb_s: 22,
  write_mb_s: 61,
}

const reth: Behaviour = {
  type: 'reth',
  image: 'ghcr.io/paradigmxyz/reth:v1.9.3',
  version: 'reth/v1.9.3-27a8c0f/x86_64-unknown-linux-gnu',
  // Stage by stage, each over a range of blocks.
  course: [
    [0, 0],
    [0.1, 0.18],
    [0.22, 0.2],
    [0.5, 0.56],
    [0.62, 0.58],
    [0.9, 0.95],
    [1, 1],
  ],
  peers: 96,
  disk_gb: 52,
  memory_gb: 8.1,
  cpu_percent: 620,
  read_mb_s: 48,
  write_mb_s: 94,
}

const nethermind: Behaviour = {
  type: 'nethermind',
  image: 'nethermind/nethermind:1.35.2',
  version: 'Nethermind/v1.35.2+9c1f6b1/linux-x64/dotnet9.0.10',
  course: [
    [0, 0],
    [0.12, 0.05],
    [0.4, 0.34],
    [0.75, 0.8],
    [1, 1],
  ],
  peers: 50,
  disk_gb: 31,
  memory_gb: 6.9,
  cpu_percent: 380,
  read_mb_s: 17,
  write_mb_s: 43,
}

const lighthouse: Behaviour = {
  type: 'lighthouse',
  image: 'sigp/lighthouse:v8.0.1',
  version: 'Lighthouse/v8.0.1-ced49dd/x86_64-linux',
  course: EVEN,
  peers: 78,
  disk_gb: 9,
  memory_gb: 2.4,
  cpu_percent: 85,
  read_mb_s: 3,
  write_mb_s: 9,
}

const lodestar: Behaviour = {
  type: 'lodestar',
  image: 'chainsafe/lodestar:v1.36.0',
  version: 'Lodestar/v1.36.0/83cf4f0',
  course: [
    [0, 0],
    [0.7, 0.82],
    [1, 1],
  ],
  peers: 110,
  disk_gb: 11,
  memory_gb: 3.8,
  cpu_percent: 120,
  read_mb_s: 4,
  write_mb_s: 8,
}

const teku: Behaviour = {
  type: 'teku',
  image: 'consensys/teku:25.11.0',
  version: 'teku/v25.11.0/linux-x86_64/-eclipseadoptium-openjdk64bitservervm-java-21',
  course: [
    [0, 0],
    [0.2, 0.08],
    [0.9, 0.86],
    [1, 1],
  ],
  peers: 100,
  disk_gb: 14,
  memory_gb: 4.7,
  cpu_percent: 160,
  read_mb_s: 6,
  write_mb_s: 12,
}

export const GETH_LIGHTHOUSE: Pair = { execution: geth, consensus: lighthouse, sync_minutes: 38 }
export const RETH_LODESTAR: Pair = { execution: reth, consensus: lodestar, sync_minutes: 44 }
export const NETHERMIND_TEKU: Pair = { execution: nethermind, consensus: teku, sync_minutes: 66 }
