import { gzipSync } from 'node:zlib'
import { modulesOf } from './built-package.ts'

type Chunk = { imports: { path: string; kind: string }[] }
type Bundler = {
  build(options: object): Promise<{
    outputFiles: { path: string; text: string }[]
    metafile: { outputs: Record<string, Chunk> }
  }>
}

export type Size = { bytes: number; minified: boolean }

/**
 * What a page loads at first from an entry of the built package, minified and gzipped; what is loaded when it is needed
 * stands in chunks of its own - or with it, with `later`, as from a bundler that knows no chunks. Without a minifier only
 * comments and indentation go, and it is a quarter more.
 */
export async function sizeOf(entry: string, later = false): Promise<Size> {
  const bundler = await import('esbuild' as string).catch(() => null)
  if (bundler) return { bytes: gzipped(await bundle(bundler as Bundler, entry, !later)), minified: true }
  return { bytes: gzipped([...modulesOf(entry, later).values()].map(compact).join('')), minified: false }
}

const gzipped = (text: string): number => gzipSync(text, { level: 9 }).length

async function bundle({ build }: Bundler, entry: string, splitting: boolean): Promise<string> {
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, splitting, minify: true, format: 'esm', target: 'es2022' },
    ...{
      outdir: '/out',
      entryNames: 'entry',
      absWorkingDir: '/',
      write: false,
      metafile: true,
      logLevel: 'error',
    },
  })
  const wanted = new Set<string>()
  const want = (path: string) => {
    if (wanted.has(path)) return
    wanted.add(path)
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind !== 'dynamic-import') want(next)
    }
  }
  want('out/entry.js')
  return outputFiles
    .filter(({ path }) => wanted.has(path.slice(1)))
    .map(({ text }) => text)
    .join('')
}

/** A script without its comments and its indentation. */
export function compact(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*(\/\/.*)?$\n/gm, '')
    .replace(/^\s+/gm, '')
}
