/** The list of the site's files that the build gives the service worker; paths from the site's folder. */
export interface SiteFiles {
  /** Hash of all their contents. */
  readonly version: string;
  /** Needed by every visit. */
  readonly first: readonly string[];
  /** Needed by some visits: stored when they are used. */
  readonly later: readonly string[];
}
