/** Replaces sharp in the pack, whose posters are already decoded. */

const sharp = (): never => {
  throw new Error("internal: a pack cannot decode images");
};
sharp.versions = { vips: "none" };
sharp.concurrency = () => 0;
export default sharp;
