import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownPostgres } from '../../../helpers/backends.ts'
import type { Owner } from '../../../helpers/not-run.ts'
import { freePort } from '../../../helpers/servers.ts'
import { createInstance, type Deploy, type Deployment, settings } from '../deployment.ts'
import type { Fault } from './fault.ts'

const SIZE_MB = 12
const BALLAST_BYTES = 64 * 1024

/** How a disk becomes full and has room again, by deployment. */
const disks = new WeakMap<Deployment, { fill(): void; free(): void }>()

/** One instance with its store on a disk of its own, and its audit log in a PostgreSQL elsewhere. */
const deployOnDisk: Deploy = async (owner) => {
  const postgres = await ownPostgres(owner)
  if (!postgres) return null
  const folder = mkdtempSync(join(tmpdir(), 'synckairos-disk-'))
  owner.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const mounted = mount(owner, folder)
  const instance = createInstance(owner, await freePort(), { ...settings(postgres), DATA_DIR: folder }, null)
  await instance.start()
  const deployment = { instances: [instance], redis: null, postgres, ask: async () => null }
  const limited = { file: join(folder, 'state', 'store.mdb'), pid: instance.pid }
  disks.set(deployment, mounted ? smallDisk(folder) : limitedFiles(limited))
  return deployment
}

/** Needs root; without it the limit of the process stands in for the end of the disk. */
function mount(owner: Owner, folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch {
    return false
  }
  owner.teardown(() => execFileSync('umount', [folder]))
  return true
}

function smallDisk(folder: string) {
  const ballast = join(folder, 'ballast')
  return {
    fill() {
      try {
        for (;;) appendFileSync(ballast, Buffer.alloc(BALLAST_BYTES))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    free: () => rmSync(ballast),
  }
}

function limitedFiles({ file, pid }: { file: string; pid: number }) {
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}:unlimited`])
  return { fill: () => void limit(statSync(file).size), free: () => void limit('unlimited') }
}

/** How often the store of an instance has refused to commit. */
async function refusals(base: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text()
  return Number(/synckairos_store_errors_total\{operation="commit"\} (\d+)/.exec(text)?.[1] ?? 0)
}

export const diskFaults: Fault[] = [
  {
    name: 'full disk, embedded store',
    what: 'disk',
    on: deployOnDisk,
    async begin({ deployment }) {
      const disk = disks.get(deployment)
      const base = deployment.instances[0]?.base as string
      disk?.fill()
      return async () => {
        if ((await refusals(base)) === 0) throw new Error('the disk was not full')
        disk?.free()
      }
    },
  },
]
