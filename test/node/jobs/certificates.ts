/** Certificates of a test's own: an authority, and what it has signed for 127.0.0.1. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { OPENSSL } from "../../needs/needs.ts";

export interface Certificates {
  /** Paths of PEM files. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** @param name Of the authority, and of its files in the folder. */
export function makeCertificates(folder: string, name: string): Certificates {
  const path = (file: string) => join(folder, `${name}-${file}.pem`);
  const [ca, caKey, certificate, key] = ["ca", "ca-key", "certificate", "key"].map(path) as [
    ...[string, string, string, string],
  ];
  const make = (...args: string[]) => {
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"];
    execFileSync(OPENSSL, ["req", "-x509", ...kind, "-days", "2", ...args], { stdio: "pipe" });
  };
  make("-subj", `/CN=${name}`, "-keyout", caKey, "-out", ca);
  make(
    ...["-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-CA", ca, "-CAkey", caKey, "-keyout", key, "-out", certificate],
  );
  return { ca, certificate, key };
}
