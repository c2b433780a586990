/** The poster's field: an image that is dropped, pasted, chosen or photographed, shown as the model sees it. */

import type { PosterInfo } from "../../worker/protocol.ts";
import { byId, showError } from "../dom.ts";
import type { MovieState } from "../movie.ts";
import { startCamera } from "./camera.ts";

export interface PosterField {
  /**
   * Takes the file as if it had been chosen; undefined removes the poster. A file that is still being made is dropped if
   * another one is set before it is there.
   */
  set(file: Blob | undefined | Promise<Blob>): Promise<void>;
  /** URL of the poster; undefined where there is none. */
  readonly url: string | undefined;
}

/**
 * Never throws: what is wrong with a file is shown beside the field.
 *
 * @param give Hands the file to the model.
 */
export function startPoster(
  state: MovieState,
  give: (file: Blob | undefined) => Promise<PosterInfo | undefined>,
): PosterField {
  const [empty, full] = [byId("drop-empty"), byId("drop-full")];
  const [choose, replace] = [byId("choose"), byId("replace")];
  const input = byId<HTMLInputElement>("file");
  const preview = byId<HTMLImageElement>("preview");
  let url: string | undefined;
  /** Counts changes: only the last one is shown. */
  let latest = 0;

  async function set(given: Blob | undefined | Promise<Blob>): Promise<void> {
    const turn = ++latest;
    const hadFocus =
      full.contains(document.activeElement) || empty.contains(document.activeElement);
    showError("poster", undefined);
    byId("drop").toggleAttribute("data-busy", given !== undefined);
    let file: Blob | undefined;
    let info: PosterInfo | undefined;
    let problem: string | undefined;
    try {
      file = await given;
      if (turn !== latest) return;
      info = await give(file);
    } catch (error) {
      const { detail, message } = error as Error & { detail?: string };
      problem = detail === undefined ? message : `This file ${detail}.`;
    }
    // Another poster came while this one was decoded.
    if (turn !== latest) return;
    if (url) URL.revokeObjectURL(url);
    url = info && file ? URL.createObjectURL(file) : undefined;
    byId("drop").toggleAttribute("data-busy", false);
    showError("poster", problem);
    empty.hidden = info !== undefined;
    full.hidden = info === undefined;
    if (info && url) show(info, url);
    else preview.removeAttribute("src");
    if (hadFocus) (info ? replace : choose).focus();
    state.update({ poster: info !== undefined });
  }

  for (const button of [choose, replace]) button.addEventListener("click", () => input.click());
  byId("remove-poster").addEventListener("click", () => void set(undefined));
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    input.value = ""; // so that the same file, chosen again, is a change
    if (file) void set(file);
  });
  startCamera((picture) => void set(picture));
  listenToDocument((file) => void set(file));
  return {
    set,
    get url() {
      return url;
    },
  };
}

function show({ width, height, crop, pixels, size }: PosterInfo, url: string): void {
  byId<HTMLImageElement>("preview").src = url;
  const part = (length: number, whole: number) => `${(length / whole) * 100}%`;
  Object.assign(byId("crop").style, {
    left: part(crop.left, width),
    top: part(crop.top, height),
    width: part(crop.width, width),
    height: part(crop.height, height),
  });
  const seen = byId<HTMLCanvasElement>("seen");
  Object.assign(seen, size);
  const image = new ImageData(size.width, size.height);
  for (let i = 0; i < pixels.length / 3; i++) {
    image.data.set([pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!, 255], 4 * i);
  }
  seen.getContext("2d")!.putImageData(image, 0, 0);
  const cropped = crop.width < width || crop.height < height;
  byId("poster-facts").textContent = `${width} × ${height} pixels${
    cropped ? "; the model sees the bright part" : ""
  }, scaled to ${size.width} × ${size.height}`;
}

/** Files may be dropped or pasted anywhere on the page. */
function listenToDocument(take: (file: File) => void): void {
  const drop = byId("drop");
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.toggleAttribute("data-over", true);
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.toggleAttribute("data-over", false);
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.toggleAttribute("data-over", false);
    const [file] = event.dataTransfer?.files ?? [];
    if (file) take(file);
  });
  document.addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}
