/** A picture from the device's camera, where there is one and the user allows it. */

import { byId, showError } from "../dom.ts";

export function startCamera(take: (picture: Blob) => void): void {
  const dialog = byId<HTMLDialogElement>("camera-dialog");
  const video = byId<HTMLVideoElement>("camera-video");
  const shutter = byId<HTMLButtonElement>("camera-take");
  const open = byId("camera");
  let stream: MediaStream | undefined;
  let openings = 0;

  // Browsers offer no camera to pages that came over plain HTTP.
  open.hidden = !navigator.mediaDevices;

  open.addEventListener("click", async () => {
    const opening = ++openings;
    showError("camera", undefined);
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
      showError("camera", `The camera cannot be used (${(error as Error).message}).`);
    }
  });

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

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
