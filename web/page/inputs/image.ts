/** Images: a file that is dropped, pasted, chosen or photographed, shown as the model sees it. */

import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { strings } from "../../strings/strings.ts";
import type { FileInfo } from "../../worker/protocol.ts";
import { create, hiddenText } from "../dom.ts";
import { drawPicture } from "../picture.ts";
import { offerCamera } from "./camera.ts";
import { takeFiles } from "./dropping.ts";
import { createMap } from "./map.ts";
import type { FieldContext, GivenFile, PageType } from "./pageType.ts";

export const image = {
  createField({ noun, root, id, give, onChange, onGiven, showError }) {
    const parts = createParts(noun, id);
    const { drop, empty, full, file, choose, replace, progress } = parts;
    let shown: Shown | undefined;
    /** What stays if the next file is refused: nothing where the whole form was refilled. */
    let fallback: Shown | undefined;
    /** What was given last, unless it was refused. */
    let wanted: GivenFile | undefined;
    /** Counts changes: only the last one is shown. */
    let latest = 0;

    /** Never throws: what is wrong with a file is shown beside the field. */
    async function set(given: GivenFile | undefined): Promise<void> {
      const turn = ++latest;
      wanted = given;
      if (!given) fallback = undefined;
      onGiven();
      const hadFocus = full.contains(root.activeElement) || empty.contains(root.activeElement);
      showError(undefined);
      drop.toggleAttribute("data-busy", given !== undefined);
      progress.hidden = true;
      let next: Shown | undefined;
      let problem: string | undefined;
      try {
        const blob = await given;
        if (turn !== latest) return;
        const info = await give(blob, (done, total) => {
          if (turn !== latest) return;
          progress.hidden = false;
          progress.value = done / total;
        });
        if (given && blob && info) next = { given, blob, info };
      } catch (error) {
        const { detail, message } = error as Error & { detail?: string };
        problem = detail === undefined ? message : strings.inputs.thisFile(detail);
        if (fallback && turn === latest) {
          problem += strings.inputs.beforeStays(noun);
          next = fallback;
          wanted = next.given;
          // The model has let it go for the new one.
          await give(next.blob, () => {}).catch(() => {});
        } else if (detail !== undefined && turn === latest) wanted = undefined;
      }
      // Another file came while this one was decoded.
      if (turn !== latest) return;
      shown = next;
      fallback = next;
      onGiven();
      drop.toggleAttribute("data-busy", false);
      progress.hidden = true;
      empty.hidden = shown !== undefined;
      full.hidden = shown === undefined;
      if (shown) show(parts, shown.info);
      if (hadFocus) (shown ? replace : choose).focus();
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
    offerCamera(parts.camera, root, noun, (picture) => void set(picture));
    takeFiles(drop, root, {
      reads: (kind) => kind === "image" || kind === "unknown",
      isEmpty: () => shown === undefined,
      take: (dropped) => void set(dropped),
      refuse: showError,
    });
    return {
      element: create("div", {}, drop, file),
      focus: () => (shown ? replace : choose).focus(),
      read: () => (shown ? (true as const) : undefined),
      fill(value) {
        fallback = undefined;
        void set(value as GivenFile | undefined);
      },
      // One that may still be refused counts where there is no other.
      file: () => wanted && (fallback?.given ?? wanted),
      picture: () => shown?.info.picture,
    };
  },

  inWords: (_, noun) => noun,

  createExplanation: createMap,
} satisfies PageType<ImageSpec, true>;

/** A file that the model has taken. */
interface Shown {
  readonly given: GivenFile;
  readonly blob: Blob;
  readonly info: FileInfo;
}

function createParts(noun: string, id: FieldContext<ImageSpec>["id"]) {
  const texts = strings.inputs;
  const button = (part: string, ...text: (string | Node)[]) =>
    create("button", { type: "button", id: id(part) }, ...text);
  const [choose, camera] = [button("choose", texts.chooseFile), button("camera", texts.useCamera)];
  const replace = button("replace", texts.replace);
  const remove = button("remove", texts.remove, hiddenText(texts.theNoun(noun)));
  const preview = create("canvas", {
    id: id("preview"),
    role: "img",
    "aria-label": texts.previewOf(noun),
  });
  const crop = create("div", { className: "crop", "aria-hidden": "true" });
  const facts = create("p", { id: id("facts") });
  const seen = create("canvas", {
    role: "img",
    "aria-label": texts.atModelsSize(noun),
  });
  const empty = create(
    "div",
    { className: "drop-empty", id: id("empty") },
    create("p", { className: "drop-text" }, texts.dropImage),
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
      create("figure", { className: "seen" }, seen, create("figcaption", {}, texts.whatModelSees)),
      create("div", { className: "buttons" }, replace, remove),
    ),
  );
  const progress = create("progress", {
    max: 1,
    value: 0,
    hidden: true,
    "aria-label": texts.reading(noun),
  });
  const drop = create("div", { className: "drop", id: id("drop") }, empty, full, progress);
  const file = create("input", {
    type: "file",
    id: id("file"),
    accept: "image/*",
    hidden: true,
    "aria-label": texts.imageFile(noun),
  });
  return {
    ...{ drop, empty, full, file, choose, camera, replace, remove, progress },
    ...{ preview, crop, facts, seen },
  };
}

type Parts = ReturnType<typeof createParts>;

function show(parts: Parts, { width, height, crop, pixels, size, picture }: FileInfo): void {
  drawPicture(parts.preview, picture);
  const part = (length: number, whole: number) => `${(length / whole) * 100}%`;
  Object.assign(parts.crop.style, {
    left: part(crop.left, width),
    top: part(crop.top, height),
    width: part(crop.width, width),
    height: part(crop.height, height),
  });
  drawPicture(parts.seen, { ...size, data: pixels });
  const cropped = crop.width < width || crop.height < height;
  const texts = strings.inputs;
  parts.facts.textContent =
    texts.pixels(width, height) +
    (cropped ? texts.brightPart : "") +
    texts.scaledTo(size.width, size.height);
}
