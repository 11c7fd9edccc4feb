/** One thing to send: as it is, or (text) compressed in both ways that browsers ask for. */
export type Asset = {
  type: string
  /** Of the content, however it is compressed. */
  hash: string
  body: { identity: Uint8Array } | { br: Uint8Array; gzip: Uint8Array }
  /** `Content-Security-Policy` of a page; null for what is not one. */
  policy: string | null
}

/** All that browsers are given, made from the files of the dashboard as they were at one time. */
export type Site = {
  /** By their whole path, which holds a hash of the content: it never means anything else. */
  assets: Map<string, Asset>
  /** By the pattern of their route. */
  pages: Map<string, Asset>
  /** What it was made from, folders included, and when each was last changed (ms since the epoch). */
  sources: Map<string, number>
}

/**
 * A page as the table of the dashboard's routes has it. `page`: its module, relative to dashboard/; `bare`: it has no
 * header.
 */
export type PageRoute = { path: string; title: string; page: string; bare?: true }

/** What a site is made of: `root` is the folder above dashboard/ and sdk/, as a `file:` address that ends with a slash. */
export type SiteInput = { root: string; routes: PageRoute[] }
