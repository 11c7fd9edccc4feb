import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The packages that pages may import, and the file of each that browsers get. */
const MODULES: Record<string, { file: string; add?: string }> = {
  preact: { file: 'preact' },
  'preact/hooks': { file: 'preact/hooks' },
  htm: { file: 'htm' },
  uqr: { file: 'uqr' },
  // Its module is not minified, and almost twice as long when compressed.
  uplot: { file: 'uplot/dist/uPlot.iife.min.js', add: '\nexport default uPlot\n' },
}

/**
 * The text of a package's module, as one file without its source map.
 *
 * @throws Error when pages may not import this package
 */
export async function readModule(name: string): Promise<string> {
  const { file, add = '' } = MODULES[name] ?? {}
  if (file === undefined) throw new Error(`${name} is not among the packages that pages may import`)
  const text = await readFile(locate(file), 'utf8')
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, '') + add
}

/** Where a file of an installed package is. */
export function locate(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier))
}
