/** What can be wrong with the model that a request asks for. Threads that read bodies load this, too: it imports nothing. */

/** Answered with 404. */
export class ModelNotFound extends Error {
  override readonly name = "ModelNotFound";
}

/** Answered with 503: the model is served, but cannot answer now. */
export class ModelUnavailable extends Error {
  override readonly name = "ModelUnavailable";
}
