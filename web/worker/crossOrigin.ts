/** Why another origin's file cannot be read: browsers do not tell programs, so it is found out by asking again. */

/** Milliseconds for the second question. */
const TIMEOUT_MS = 4000;

/**
 * @param url Of a file whose request failed without an answer.
 * @returns What its server has to send, for the user; undefined where the file is of this origin, or its server is away.
 */
export async function explainRefusal(url: string): Promise<string | undefined> {
  const { origin } = new URL(url, self.location.href);
  if (origin === self.origin) return undefined;
  try {
    // Gives an answer that cannot be read, even where the header is missing.
    await fetch(url, { mode: "no-cors", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    return undefined;
  }
  return `${origin} answers, but not with the header Access-Control-Allow-Origin for ${self.origin}; Marquee's server sends it with --cors ${self.origin}`;
}
