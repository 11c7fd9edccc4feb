import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A file without its types. Names are those of files, from the root of the project, or of packages. */
export type Module = { code: string; imports: string[]; later: string[] }

export type Graph = {
  modules: Map<string, Module>
  packages: Set<string>
  /** What the browser needs before the first line of these files runs: themselves and all they import, however deep. */
  needed(names: string[]): string[]
}

const STATIC = /^(?:import|export)\s+(?:[\w*{}\s,$]+?\sfrom\s+)?['"]([^'"]+)['"]/gm
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/**
 * Reads files and all that they import, at once or later, and strips their types.
 *
 * @throws Error when a file is missing, lies outside `root`, or uses syntax that has to be compiled
 */
export async function readGraph(root: string, entries: string[]): Promise<Graph> {
  const modules = new Map<string, Module>()
  const packages = new Set<string>()

  const visit = async (name: string): Promise<void> => {
    if (modules.has(name)) return
    const module: Module = { code: '', imports: [], later: [] }
    modules.set(name, module)
    const text = await readFile(fileURLToPath(new URL(name, root)), 'utf8')
    module.code = strip(name, text)
    const find = (pattern: RegExp) =>
      [...module.code.matchAll(pattern)].map(([, specifier = '']) => resolve(root, name, specifier))
    module.imports = find(STATIC)
    module.later = find(DYNAMIC)
    const all = [...module.imports, ...module.later]
    for (const each of all) if (!isFile(each)) packages.add(each)
    await Promise.all(all.filter(isFile).map(visit))
  }
  await Promise.all(entries.map(visit))

  const needed = (names: string[]): string[] => {
    const found = new Set(names)
    for (const name of found) for (const each of modules.get(name)?.imports ?? []) found.add(each)
    return [...found]
  }
  return { modules, packages, needed }
}

/** Whether a name is that of a file of the project, not of a package. */
export const isFile = (name: string): boolean => name.endsWith('.ts')

/** Whole lines alone, which is where Biome leaves comments; one within a line stays. */
const COMMENTS = /^[ \t]*(?:\/\/.*|\/\*[\s\S]*?\*\/[ \t]*)$/gm

/** Types and comments, which are a quarter of what would be sent, leave; lines keep their numbers, for stack traces. */
function strip(name: string, text: string): string {
  try {
    const code = stripTypeScriptTypes(text).replace(COMMENTS, (found) => found.replace(/[^\n]+/g, ''))
    return code.replace(/[ \t]+$/gm, '')
  } catch (error) {
    throw new Error(`${name} cannot be served: ${(error as Error).message}`, { cause: error })
  }
}

function resolve(root: string, from: string, specifier: string): string {
  if (!/^\.\.?\//.test(specifier)) return specifier
  const { href } = new URL(specifier, new URL(from, root))
  if (!href.startsWith(root))
    throw new Error(`${from} imports ${specifier}, which is not part of the project`)
  return href.slice(root.length)
}
