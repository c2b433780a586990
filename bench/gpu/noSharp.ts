/** Replaces sharp in the pack, whose posters are already decoded. */

const sharp = (): never => {
  throw new Error("internal: a pack cannot decode images");
};
export default sharp;
