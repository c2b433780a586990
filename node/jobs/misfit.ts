/** A job that this machine cannot do, although another may: data, versions or a backend differ. */
export class Misfit extends Error {
  override readonly name = "Misfit";
}
