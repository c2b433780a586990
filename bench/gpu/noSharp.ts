/** In place of sharp, where posters come decoded. */

const sharp = (): never => {
  throw new Error("internal: nothing decodes images here");
};
sharp.versions = { vips: "none" };
sharp.concurrency = () => 0;
export default sharp;
