/** What the build tells the service worker of the site's files; paths from the site's folder. */
export interface SiteFiles {
  /** Of all their contents. */
  readonly version: string;
  /** Needed by every visit. */
  readonly first: readonly string[];
  /** Needed by some: kept once they are used. */
  readonly later: readonly string[];
}
