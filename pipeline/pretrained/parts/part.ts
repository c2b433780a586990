/** A pretrained part: a file or a folder, and how it is made of a package. */

export interface Part {
  /** As `--parts` names it. */
  readonly name: string;
  /** The package that it is made of, for messages. */
  readonly source: string;
  /** File or folder, relative to the folder of all parts. */
  readonly target: string;
  /**
   * What is there from before.
   *
   * @param folder Of all parts.
   * @returns undefined where nothing is, `whole`, or why it has to be made again.
   */
  readonly check: (folder: string) => Promise<undefined | "whole" | { readonly warning: string }>;
  /**
   * Makes the part.
   *
   * @param target Path of the file or folder to write; the folder around it exists.
   * @param work An empty folder.
   * @param downloads What interrupted runs left, to go on from.
   */
  readonly make: (target: string, work: string, downloads: string) => Promise<void>;
}
