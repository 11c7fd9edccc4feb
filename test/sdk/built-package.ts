import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mustRun } from '../helpers/tool.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** Builds the client package in `folder`, which must be empty, and packs it; answers the path of the tarball. */
export async function packPackage(folder: string): Promise<string> {
  for (const file of ['package.json', 'README.md', 'LICENSE']) {
    cpSync(join(ROOT, 'sdk', file), join(folder, file))
  }
  await mustRun(ROOT, 'tsc', '-p', 'sdk', '--outDir', join(folder, 'dist'))
  await mustRun(folder, 'npm', 'pack', '--ignore-scripts')
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  return join(folder, tarball)
}

/** Makes `folder` a project that has installed the tarball, and `packages` of this one. */
export async function installPackage(
  folder: string,
  tarball: string,
  packages: string[] = [],
): Promise<void> {
  const target = join(folder, 'node_modules', '@synckairos', 'client')
  mkdirSync(target, { recursive: true })
  await mustRun(folder, 'tar', '-xzf', tarball, '-C', target, '--strip-components=1')
  for (const name of packages) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), link)
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }')
}

const STATIC = /^(?:import|export)\s+(?:[\w*{}\s,$]+?\sfrom\s+)?['"](\.[^'"]+)['"]/gm
const DYNAMIC = /\bimport\(['"](\.[^'"]+)['"]\)/g

/** The modules that an entry of the built package loads at once, with `later` also those that it loads when needed. */
export function modulesOf(
  entry: string,
  later = false,
  found = new Map<string, string>(),
): Map<string, string> {
  const text = readFileSync(entry, 'utf8')
  found.set(entry, text)
  for (const [, path = ''] of [...text.matchAll(STATIC), ...(later ? text.matchAll(DYNAMIC) : [])]) {
    const target = join(dirname(entry), path)
    if (!found.has(target)) modulesOf(target, later, found)
  }
  return found
}
