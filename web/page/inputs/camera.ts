/** A picture from the device's camera, where there is one and the user allows it. One dialog serves all fields. */

import { strings } from "../../strings/strings.ts";
import { fileOf } from "../canvas.ts";
import { byId } from "../dom.ts";

type Take = (picture: Blob) => void;

let openDialog: ((noun: string, take: Take) => Promise<void>) | undefined;

/**
 * @param button Opens the dialog; hidden where there is no camera.
 * @param root Only the page itself has the dialog.
 * @param noun What the picture is of.
 */
export function offerCamera(
  button: HTMLElement,
  root: Document | ShadowRoot,
  noun: string,
  take: Take,
): void {
  // Browsers offer no camera to pages that came over plain HTTP.
  button.hidden = root !== document || !navigator.mediaDevices;
  button.addEventListener("click", () => {
    openDialog ??= createDialog();
    void openDialog(noun, take);
  });
}

function createDialog(): NonNullable<typeof openDialog> {
  const dialog = byId<HTMLDialogElement>("camera-dialog");
  const video = byId<HTMLVideoElement>("camera-video");
  const shutter = byId<HTMLButtonElement>("camera-take");
  const problem = byId("camera-error");
  let stream: MediaStream | undefined;
  let openings = 0;
  let take: Take = () => {};

  const stop = () => {
    if (stream) stopTracks(stream);
    stream = undefined;
    video.srcObject = null;
  };
  dialog.addEventListener("close", stop);
  byId("camera-close").addEventListener("click", () => dialog.close());
  shutter.addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d")!.drawImage(video, 0, 0);
    const instead = strings.inputs.cameraInstead;
    fileOf(canvas, instead, "image/jpeg", 0.95).then(
      (picture) => {
        dialog.close();
        take(picture);
      },
      (error: Error) => {
        problem.textContent = error.message;
      },
    );
  });

  return async (noun, taker) => {
    const opening = ++openings;
    take = taker;
    byId("camera-heading").textContent = strings.inputs.holdUp(noun);
    problem.textContent = "";
    shutter.disabled = true;
    dialog.showModal();
    try {
      const started = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 } },
      });
      // The dialog was closed, and perhaps opened again, while the browser asked the user.
      if (opening !== openings || !dialog.open) return stopTracks(started);
      stream = started;
      video.srcObject = started;
      await video.play();
      shutter.disabled = false;
    } catch (error) {
      if (opening !== openings) return;
      problem.textContent = strings.inputs.noCamera((error as Error).message);
    }
  };
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
