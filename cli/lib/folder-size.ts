import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** How many files are asked about at once: enough to be quick, too few to keep the thread pool from others. */
const AT_ONCE = 32

/**
 * Bytes that a folder takes on its disk, like `du`: sparse files count for what they hold, hard links once, symbolic
 * links are not followed (but `path` may be one). What vanishes or cannot be read on the way counts nothing. Null when there is no such folder.
 */
export async function folderSize(path: string): Promise<number | null> {
  const seen = new Set<string>()
  const root = await stat(path, { bigint: true }).catch(() => null)
  if (!root?.isDirectory()) return null
  let total = size(root)
  const folders = [path]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names = await readdir(folder).catch(() => [])
    for (let i = 0; i < names.length; i += AT_ONCE) {
      const paths = names.slice(i, i + AT_ONCE).map((name) => join(folder as string, name))
      const found = await Promise.all(paths.map(lstatOrNull))
      for (const [n, stats] of found.entries()) {
        if (!stats || (stats.nlink > 1n && !stats.isDirectory() && isKnown(seen, stats))) continue
        total += size(stats)
        if (stats.isDirectory()) folders.push(paths[n] as string)
      }
    }
  }
  return total
}

/** The size of a folder as of the last walk; asking starts the next one unless one is under way. Never waits. */
export function createFolderGauge(path: string | undefined, measure = folderSize) {
  let latest: number | null = null
  let walking = false
  return (): number | null => {
    if (path === undefined || walking) return latest
    walking = true
    measure(path)
      .then((bytes) => {
        latest = bytes ?? latest
      })
      .catch(() => {})
      .finally(() => {
        walking = false
      })
    return latest
  }
}

function isKnown(seen: Set<string>, { dev, ino }: BigIntStats): boolean {
  const id = `${dev}:${ino}`
  if (seen.has(id)) return true
  seen.add(id)
  return false
}

/** In blocks of 512 bytes where the system counts them. */
function size({ blocks, size }: BigIntStats): number {
  return Number(blocks === undefined ? size : blocks * 512n)
}

function lstatOrNull(path: string): Promise<BigIntStats | null> {
  return lstat(path, { bigint: true }).catch(() => null)
}
