import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { locate } from './vendor.ts'

const FOUNDATION = ['tokens', 'base', 'header', 'page', 'basics', 'fields', 'table', 'data', 'overlays'].map(
  (name) => `styles/${name}.css`,
)
/** Of packages, in the layer that everything of our own wins over. */
const VENDOR = ['uplot/dist/uPlot.min.css']
const PACKAGES = /url\(["']([@\w][^"':]*)["']\)/g

/**
 * All style sheets as one: the foundation, then those of the pages by their names. What `url('package/file')` means is
 * told by `addressOf`.
 */
export async function readStyles(
  dashboard: string,
  addressOf: (specifier: string) => Promise<string>,
): Promise<{ text: string; files: string[] }> {
  const pages = await Array.fromAsync(glob('pages/**/*.css', { cwd: dashboard }))
  const files = [...FOUNDATION, ...pages.sort()].map((name) => join(dashboard, name))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const vendor = await Promise.all(VENDOR.map((name) => readFile(locate(name), 'utf8')))
  texts.push(`@layer vendor {\n${vendor.join('\n')}\n}`)
  const text = texts.join('\n').replace(/\/\*[\s\S]*?\*\/|^\s+/gm, '')
  const used = new Set([...text.matchAll(PACKAGES)].map(([, specifier = '']) => specifier))
  const addresses = new Map<string, string>()
  for (const specifier of used) addresses.set(specifier, await addressOf(specifier))
  return {
    text: text.replace(PACKAGES, (_, specifier: string) => `url('${addresses.get(specifier)}')`),
    files,
  }
}
