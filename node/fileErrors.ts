/** Errors of reading files: what users are told, and which of them mean that there is no such file. */

import { getSystemErrorMap } from "node:util";

/** By the system's code, the rest of a sentence that begins with the file's path. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist: a part of its path is a file, not a folder",
  EISDIR: "is a folder, not a file",
  EACCES: "may not be read: permission denied",
  EPERM: "may not be read: permission denied",
};

/** Whatever changes on this machine, these stay until somebody puts the file there. */
const NO_FILE: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EISDIR"]);

/**
 * Why a file could not be read, as the rest of a sentence that begins with its path: Node's own text has a code in front and
 * repeats the path.
 *
 * @param path As it was given to `node:fs`.
 * @param error Of `node:fs`; of any other error, or of another file on the way, its message is the reason.
 */
export function whyUnread(path: string, error: unknown): string {
  const { code = "", message, path: of = path } = error as NodeJS.ErrnoException;
  if (of !== path) return `cannot be read (${message})`;
  return REASONS[code] ?? `cannot be read (${systemText(error)})`;
}

/** "EIO: i/o error": the system's words for its errors, without call and path; the message of any other error. */
export function systemText(error: unknown): string {
  const { code, errno = 0, message } = error as NodeJS.ErrnoException;
  const [name, text] = getSystemErrorMap().get(errno) ?? [];
  // Other libraries number their own errors from -1.
  return name === code && text !== undefined ? `${code}: ${text}` : message;
}

/** Whether an error of `node:fs` says that there is no file under the path: nothing at all, or a folder. */
export function isNoFile(error: unknown): boolean {
  return NO_FILE.has((error as NodeJS.ErrnoException | undefined)?.code);
}
