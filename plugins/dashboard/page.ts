import { createHash } from 'node:crypto'

/** Addresses of what a page is made of. `modules` are those that it needs at once. */
export type PageParts = {
  title: string
  bare: boolean
  theme: string
  main: string
  styles: string[]
  font: string
  icon: string
  manifest: string
  modules: string[]
  /** Names of packages and what they mean. */
  imports: Record<string, string>
}

/** As dashboard/components/mark.ts has it. */
const markOf = (name: string) =>
  `<svg class="${name}" viewBox="0 0 32 32" aria-hidden="true"><path d="M6.7 9.5A11.5 11.5 0 1 0 16 4.5M16 16V4.5M16 16l5.5 3.4"></path></svg>`

/** What there is to see before the first script has run. It is what dashboard/components/header.ts then begins with. */
const HEADER = `<div class="app"><header class="header"><div class="header-inner"><a class="wordmark" href="/" aria-label="SyncKairos">${markOf('mark')}SyncKairos</a></div></header></div>`

/** The same of a page without a header. */
const BARE = `<div class="app bare"><main id="main">${markOf('mark arriving')}</main></div>`

/** The document of one page; all of them hold the same app, which reads from the address which page it is. */
export function renderPage(parts: PageParts): { html: string; policy: string } {
  const map = JSON.stringify({ imports: parts.imports })
  const preloads = parts.modules.map((href) => `<link rel="modulepreload" href="${href}">`).join('\n')
  const styles = parts.styles.map((href) => `<link rel="stylesheet" href="${href}">`).join('\n')
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${parts.title} · SyncKairos</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="description" content="Turn clocks and long runs, live">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#faf9f6" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#0d1014" media="(prefers-color-scheme: dark)">
<script src="${parts.theme}"></script>
<link rel="preload" href="${parts.font}" as="font" type="font/woff2" crossorigin>
${styles}
<script type="importmap">${map}</script>
${preloads}
<script type="module" src="${parts.main}"></script>
<link rel="icon" href="${parts.icon}" type="image/svg+xml">
<link rel="manifest" href="${parts.manifest}">
</head>
<body>
<div id="app">${parts.bare ? BARE : HEADER}</div>
<noscript>This page shows clocks that run, and needs JavaScript for it. The API behind it is described at <a href="/docs">/docs</a>.</noscript>
</body>
</html>
`
  return { html, policy: policyOf(map) }
}

/** Nothing from elsewhere, nothing inline but the import map, which cannot be a file yet. */
function policyOf(map: string): string {
  const hash = createHash('sha256').update(map).digest('base64')
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
