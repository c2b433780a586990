/** One option's value before the others are read, where it decides which they are. */

/**
 * @param argv The command line; what is wrong with it is left to the reader of all options.
 * @param flag E.g. `--model`.
 * @returns The last value, which wins there, too; undefined if there is none.
 */
export function flagValue(argv: readonly string[], flag: string): string | undefined {
  const at = argv.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return argv[at] === flag ? argv[at + 1] : argv[at]!.slice(flag.length + 1);
}
