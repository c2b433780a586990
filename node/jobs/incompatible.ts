/** A job that this machine cannot do, although another may: data, versions or a backend differ. */
export class IncompatibleError extends Error {
  override readonly name = "IncompatibleError";
}
