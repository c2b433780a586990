/** The argument for a POSIX shell, in single quotes if it has special characters. */
export function quoteArgument(text: string): string {
  return /^[\w./:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
