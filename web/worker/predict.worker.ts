/** Inference off the page's thread: loads the bundle and a runtime, then answers. */

export {};
