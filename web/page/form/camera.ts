/** A picture from the device's camera, where it has one and may be asked. */

import { byId, showError } from "../dom.ts";

export function startCamera(take: (picture: Blob) => void): void {
  const dialog = byId<HTMLDialogElement>("camera-dialog");
  const video = byId<HTMLVideoElement>("camera-video");
  const shutter = byId<HTMLButtonElement>("camera-take");
  const open = byId("camera");
  let stream: MediaStream | undefined;

  // Browsers have no such thing on pages that came over plain HTTP.
  open.hidden = !navigator.mediaDevices;

  open.addEventListener("click", async () => {
    showError("camera", undefined);
    shutter.disabled = true;
    dialog.showModal();
    try {
      const started = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment", width: { ideal: 1280 } },
      });
      stream = started;
      if (!dialog.open) return stop();
      video.srcObject = started;
      await video.play();
      shutter.disabled = false;
    } catch (error) {
      showError("camera", `The camera cannot be used (${(error as Error).message}).`);
    }
  });

  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
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
    canvas.toBlob(
      (picture) => {
        dialog.close();
        if (picture) take(picture);
      },
      "image/jpeg",
      0.95,
    );
  });
}
