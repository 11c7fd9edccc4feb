import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { locate } from './vendor.ts'

const FOUNDATION = ['tokens', 'base', 'header', 'page', 'basics', 'fields', 'table', 'data', 'overlays'].map(
  (name) => `styles/${name}.css`,
)
/** Of packages, in the layer that everything of our own wins over. */
const VENDOR = ['uplot/dist/uPlot.min.css']
const FILES = /url\(["'](\w[^"':]*)["']\)/g

/**
 * All style sheets as one: the foundation, then those of the pages by their names. What `url('folder/file')` means is
 * told by `addressOf`.
 */
export async function readStyles(
  dashboard: string,
  addressOf: (name: string) => Promise<string>,
): Promise<{ text: string; files: string[] }> {
  const pages = await Array.fromAsync(glob('pages/**/*.css', { cwd: dashboard }))
  const files = [...FOUNDATION, ...pages.sort()].map((name) => join(dashboard, name))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const vendor = await Promise.all(VENDOR.map((name) => readFile(locate(name), 'utf8')))
  texts.push(`@layer vendor {\n${vendor.join('\n')}\n}`)
  const text = texts.join('\n').replace(/\/\*[\s\S]*?\*\/|^\s+/gm, '')
  const used = new Set([...text.matchAll(FILES)].map(([, name = '']) => name))
  const addresses = new Map<string, string>()
  for (const name of used) addresses.set(name, await addressOf(name))
  return {
    text: text.replace(FILES, (_, name: string) => `url('${addresses.get(name)}')`),
    files,
  }
}
