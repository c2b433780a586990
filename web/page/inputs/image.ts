/** Images: a file that is dropped, pasted, chosen or photographed, shown as the model sees it. */

import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import type { FileInfo } from "../../worker/protocol.ts";
import { create, hiddenText } from "../dom.ts";
import { capital } from "../wording.ts";
import { offerCamera } from "./camera.ts";
import { takeFiles } from "./dropping.ts";
import { createMap } from "./map.ts";
import type { FieldContext, PageType } from "./pageType.ts";

export const image = {
  createField({ noun, id, give, onChange, showError }) {
    const parts = createParts(noun, id);
    const { drop, empty, full, file, choose, replace, preview } = parts;
    let url: string | undefined;
    let isGiven = false;
    /** Counts changes: only the last one is shown. */
    let latest = 0;

    /** Never throws: what is wrong with a file is shown beside the field. */
    async function set(given: Blob | undefined | Promise<Blob>): Promise<void> {
      const turn = ++latest;
      const hadFocus =
        full.contains(document.activeElement) || empty.contains(document.activeElement);
      showError(undefined);
      drop.toggleAttribute("data-busy", given !== undefined);
      let blob: Blob | undefined;
      let info: FileInfo | undefined;
      let problem: string | undefined;
      try {
        blob = await given;
        if (turn !== latest) return;
        info = await give(blob);
      } catch (error) {
        const { detail, message } = error as Error & { detail?: string };
        problem = detail === undefined ? message : `This file ${detail}.`;
      }
      // Another file came while this one was decoded.
      if (turn !== latest) return;
      if (url) URL.revokeObjectURL(url);
      url = info && blob ? URL.createObjectURL(blob) : undefined;
      drop.toggleAttribute("data-busy", false);
      empty.hidden = info !== undefined;
      full.hidden = info === undefined;
      if (info && url) show(parts, info, url);
      else preview.removeAttribute("src");
      if (hadFocus) (info ? replace : choose).focus();
      isGiven = info !== undefined;
      onChange();
      showError(problem);
    }

    for (const button of [choose, replace]) button.addEventListener("click", () => file.click());
    parts.remove.addEventListener("click", () => void set(undefined));
    file.addEventListener("change", () => {
      const [chosen] = file.files ?? [];
      file.value = ""; // so that the same file, chosen again, is a change
      if (chosen) void set(chosen);
    });
    offerCamera(parts.camera, noun, (picture) => void set(picture));
    takeFiles(drop, {
      isEmpty: () => !isGiven,
      take: (dropped) => void set(dropped),
    });
    return {
      element: create("div", {}, drop, file),
      focus: () => (isGiven ? replace : choose).focus(),
      read: () => (isGiven ? (true as const) : undefined),
      fill: (value) => void set(value as Blob | undefined | Promise<Blob>),
      url: () => url,
    };
  },

  inWords: (_, noun) => noun,

  createExplanation: createMap,
} satisfies PageType<ImageSpec, true>;

function createParts(noun: string, id: FieldContext<ImageSpec>["id"]) {
  const button = (part: string, ...text: (string | Node)[]) =>
    create("button", { type: "button", id: id(part) }, ...text);
  const [choose, camera] = [button("choose", "Choose a file"), button("camera", "Use the camera")];
  const replace = button("replace", "Replace");
  const remove = button("remove", "Remove", hiddenText(` the ${noun}`));
  const preview = create("img", {
    id: id("preview"),
    alt: `Your ${noun}; the bright part is what the model sees`,
  });
  const crop = create("div", { className: "crop", "aria-hidden": "true" });
  const facts = create("p", { id: id("facts") });
  const seen = create("canvas", {
    role: "img",
    "aria-label": `The ${noun} at the size the model sees`,
  });
  const empty = create(
    "div",
    { className: "drop-empty", id: id("empty") },
    create("p", { className: "drop-text" }, "Drop an image here, paste one, or"),
    create("div", { className: "buttons" }, choose, camera),
  );
  const full = create(
    "div",
    { className: "drop-full", hidden: true },
    create("figure", { className: "whole" }, create("div", { className: "frame" }, preview, crop)),
    create(
      "div",
      { className: "image-facts" },
      facts,
      create(
        "figure",
        { className: "seen" },
        seen,
        create("figcaption", {}, "What the model sees"),
      ),
      create("div", { className: "buttons" }, replace, remove),
    ),
  );
  const drop = create("div", { className: "drop", id: id("drop") }, empty, full);
  const file = create("input", {
    type: "file",
    id: id("file"),
    accept: "image/*",
    hidden: true,
    "aria-label": `${capital(noun)} file`,
  });
  return { drop, empty, full, file, choose, camera, replace, remove, preview, crop, facts, seen };
}

type Parts = ReturnType<typeof createParts>;

function show(parts: Parts, { width, height, crop, pixels, size }: FileInfo, url: string): void {
  parts.preview.src = url;
  const part = (length: number, whole: number) => `${(length / whole) * 100}%`;
  Object.assign(parts.crop.style, {
    left: part(crop.left, width),
    top: part(crop.top, height),
    width: part(crop.width, width),
    height: part(crop.height, height),
  });
  Object.assign(parts.seen, size);
  const image = new ImageData(size.width, size.height);
  for (let i = 0; i < pixels.length / 3; i++) {
    image.data.set([pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!, 255], 4 * i);
  }
  parts.seen.getContext("2d")!.putImageData(image, 0, 0);
  const cropped = crop.width < width || crop.height < height;
  parts.facts.textContent = `${width} × ${height} pixels${
    cropped ? "; the model sees the bright part" : ""
  }, scaled to ${size.width} × ${size.height}`;
}
