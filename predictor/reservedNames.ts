/** Names that no input may have: requests, files and commands give them to something else. */
export const RESERVED_NAMES: readonly string[] = [
  "id",
  "items",
  "topK",
  "threshold",
  "allowEmpty",
  "explain",
];
