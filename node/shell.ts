/** An argument as a POSIX shell takes it back: plain where that is safe, else in single quotes. */
export function quoteArgument(text: string): string {
  return /^[\w./:=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
