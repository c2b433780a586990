/** Jars of Maven Central, or of the repository that `MVNW_REPOURL` names, as for Maven's wrapper. */

import type { Archive } from "./archive.ts";

const VARIABLE = "MVNW_REPOURL";
const MAVEN_CENTRAL = "https://repo1.maven.org/maven2";

export interface Jar {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
}

/** A jar as an archive that can be fetched. */
export function jarArchive({ group, artifact, version, sha256 }: Jar): Archive {
  const file = `${artifact}-${version}.jar`;
  return {
    source: `${group}:${artifact} ${version}`,
    file,
    sha256,
    variable: VARIABLE,
    find: async () => {
      const repository = (process.env[VARIABLE] || MAVEN_CENTRAL).replace(/\/+$/, "");
      return [repository, ...group.split("."), artifact, version, file].join("/");
    },
  };
}
