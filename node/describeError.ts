/** What is said of an error. */

/**
 * The message for users; the stack if the error is a bug of ours (its message begins with "internal:"), or with `DEBUG=1`.
 *
 * @param prefix Put before the message, and not before a stack, which begins with the error's name.
 */
export function describeError(error: unknown, prefix = ""): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (process.env.DEBUG || message.startsWith("internal:")) return stack ?? message;
  return `${prefix}${message}`;
}
