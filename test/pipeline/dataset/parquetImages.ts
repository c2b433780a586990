/** Parquet files of images, written by hyparquet-writer: a column "image", and one of labels, "tags". */

import { parquetWriteBuffer } from "hyparquet-writer";

type Image = { readonly bytes: Uint8Array | null; readonly path: string | null };

/** As `datasets.Image()` is written. */
export function huggingFace(images: readonly (Image | null)[]): Buffer {
  const optional = { repetition_type: "OPTIONAL" } as const;
  const schema = [
    { name: "root", num_children: 2 },
    { name: "image", num_children: 2, ...optional },
    { name: "bytes", type: "BYTE_ARRAY", ...optional },
    { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", ...optional },
    { name: "tags", type: "BYTE_ARRAY", converted_type: "UTF8", ...optional },
  ] as const;
  const tags = images.map((_, i) => (i % 2 === 0 ? "x" : "y"));
  const columnData = [
    { name: "image", data: [...images] },
    { name: "tags", data: tags },
  ];
  return Buffer.from(parquetWriteBuffer({ schema: [...schema], columnData }));
}

/** Bytes alone. */
export function plainBytes(images: readonly Uint8Array[]): Buffer {
  const columnData = [
    { name: "image", data: [...images], type: "BYTE_ARRAY" as const },
    { name: "tags", data: images.map((_, i) => `l${i % 2}`), type: "STRING" as const },
  ];
  return Buffer.from(parquetWriteBuffer({ columnData }));
}
